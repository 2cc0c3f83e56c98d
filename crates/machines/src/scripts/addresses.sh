# shellcheck shell=sh
# Prints the addresses of the machine.
hostname -I 2>/dev/null || ip -o addr show scope global
