#!/usr/bin/env python3
"""Makes docs/demo.svg, the moving picture of the README, from a real run of `bowline demo`.

    cargo build --release
    scripts/picture.py                    runs target/release/bowline
    scripts/picture.py PROGRAM            runs another one

What the program prints is shown as it is; only the name of its temporary folder is replaced, so that it
is the same each time, and long lines are wrapped. The lines come in the order and, at least, with the gaps
of the run; pauses for reading are added. Needs Python's standard library and nothing else.
"""

import re
import subprocess
import sys
import textwrap
import time
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
MOST_BYTES = 60_000

COLUMNS, ROWS = 100, 24
CHARACTER, LINE = 7.8, 18
MARGIN, TITLE = 16, 34

# Seconds to read a line of each kind before the next one comes.
READING = {"story": 2.2, "command": 1.0, "result": 1.0, "note": 1.4, "added": 0.3, "removed": 0.3, "plain": 0.08}
# Seconds that the last screen stays.
LAST = 6.0


def run(program):
    """Runs the demonstration; returns its lines, each with the second at which it was printed."""
    start = time.monotonic()
    process = subprocess.Popen([program, "demo"], stdout=subprocess.PIPE, text=True, encoding="utf-8")
    lines = [(time.monotonic() - start, line.rstrip("\n")) for line in process.stdout]
    if process.wait() != 0:
        sys.exit(f"{program} demo failed with {process.returncode}")
    return lines


def stable(text):
    """Replaces the name of the temporary folder, the only thing in the text that is about this machine."""
    return re.sub(r"(?:/[\w.+-]+)*/bowline-demo-\w+", "/tmp/bowline-demo", text)


def kind(text):
    """What a line is, by its form."""
    if text and not text.startswith(" "):
        return "story"
    bare = text.strip()
    if bare.startswith("$ "):
        return "command"
    if re.fullmatch(r"(ok|failed) after \d+ ms", bare):
        return "result"
    if bare.startswith("bowline:") or re.match(r"dev: ", bare):
        return "note"
    if re.match(r"  \+(?!\+)", text):
        return "added"
    if re.match(r"  -(?!-)", text):
        return "removed"
    return "plain"


def schedule(lines):
    """Wraps the lines and gives each the second of the picture at which it appears."""
    shown, clock, before, pause = [], 0.5, 0.0, 0.0
    for at, text in lines:
        text = stable(text)
        of_kind = kind(text)
        clock += max(at - before, pause)
        before, pause = at, READING[of_kind]
        indent = " " * (len(text) - len(text.lstrip()) + 4)
        parts = textwrap.wrap(
            text, COLUMNS, subsequent_indent=indent, drop_whitespace=True, replace_whitespace=False,
            break_on_hyphens=False,
        ) if len(text) > COLUMNS else [text]
        shown += [(clock, of_kind, part) for part in parts]
    return shown, clock + LAST


def style_of(of_kind, text):
    """The class of a line, if it has one."""
    if of_kind == "result":
        return "ok" if text.strip().startswith("ok") else "bad"
    return {"story": "story", "command": "cmd", "note": "note", "added": "ok", "removed": "bad"}.get(of_kind)


def hard(text):
    """Text whose columns stay: viewers run several spaces together."""
    return re.sub("  +", lambda spaces: "\u00a0" * len(spaces[0]), text)


def svg(shown, total):
    """The picture: each line is there from its second on, and the whole moves up when the window is full."""
    def percent(second):
        return f"{100 * second / total:.2f}%"

    def steps(name, rows):
        # With `step-end` each value holds until the next one.
        body = "".join(f"{percent(second)}{{{value}}}" for second, value in rows)
        return f"@keyframes {name}{{{body}100%{{{rows[-1][1]}}}}}"

    width = round(COLUMNS * CHARACTER) + 2 * MARGIN
    height = ROWS * LINE + TITLE + MARGIN
    moments = sorted({second for second, _, _ in shown})
    number = {second: i for i, second in enumerate(moments)}
    rules, scroll = [], [(0.0, "transform:translateY(0)")]
    for second in moments:
        rules.append(steps(f"t{number[second]}", [(0.0, "opacity:0"), (second, "opacity:1")]))
        there = sum(1 for other, _, _ in shown if other <= second)
        move = f"transform:translateY({-LINE * max(0, there - ROWS)}px)"
        if move != scroll[-1][1]:
            scroll.append((second, move))
    rules.append(steps("up", scroll))
    rules += [f".t{i}{{animation-name:t{i}}}" for i in range(len(moments))]

    texts = []
    for row, (second, of_kind, text) in enumerate(shown):
        if not text.strip():
            continue
        style = style_of(of_kind, text)
        classes = f"t{number[second]}" + (f" {style}" if style else "")
        bare = text.lstrip()
        x = MARGIN + (len(text) - len(bare)) * CHARACTER
        y = TITLE + LINE * (row + 1) - 5
        texts.append(
            f'<text x="{x:g}" y="{y:g}" textLength="{len(bare) * CHARACTER:g}" class="{classes}">{escape(hard(bare))}</text>'
        )
    newline = "\n"
    # Where nothing moves (reduced motion, a viewer without animation) the last screen is shown.
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title desc">
<title id="title">bowline demo</title>
<desc id="desc">A run of bowline demo in a terminal: a cluster moves to another address, kubectl fails, bowline follows; an impostor at the new address is refused. Pauses for reading were added.</desc>
<style>
text{{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}}
.story{{fill:#e3b341}}.cmd{{fill:#fff;font-weight:700}}.ok{{fill:#56d364}}.bad{{fill:#ff7b72}}.note{{fill:#79c0ff}}
.up,text[class^=t]{{animation-duration:{total:.2f}s;animation-iteration-count:infinite;animation-timing-function:step-end}}
.up{{animation-name:up}}
@media (prefers-reduced-motion:reduce){{.up,text[class^=t]{{animation:none}}}}
{newline.join(rules)}
</style>
<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9" fill="#0d1117" stroke="#6e7681"/>
<circle cx="20" cy="17" r="5" fill="#ff7b72"/><circle cx="37" cy="17" r="5" fill="#e3b341"/><circle cx="54" cy="17" r="5" fill="#56d364"/>
<text x="{width / 2:g}" y="21" text-anchor="middle" fill-opacity=".7">$ bowline demo</text>
<clipPath id="window"><rect x="0" y="{TITLE - 2}" width="{width}" height="{ROWS * LINE + 4}"/></clipPath>
<g clip-path="url(#window)"><g class="up" transform="translate(0 {-LINE * max(0, len(shown) - ROWS)})">
{newline.join(texts)}
</g></g>
</svg>
"""


def main():
    """Runs the program and writes the picture."""
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target" / "release" / "bowline")
    lines = run(program)
    while lines and not lines[0][1]:
        lines.pop(0)
    picture = svg(*schedule(lines))
    size = len(picture.encode())
    if size > MOST_BYTES:
        sys.exit(f"the picture has {size} bytes, more than {MOST_BYTES}")
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}: {size} bytes, {len(lines)} lines")


if __name__ == "__main__":
    main()
