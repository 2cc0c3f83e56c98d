//! `bowline demo`: the whole story on one machine, with nothing of the user's touched.
//!
//! The node is the one that the tests talk to; the programs are the real ones: this bowline and, where there
//! is one, the user's kubectl, each as a process of its own with an empty home.

mod scene;
mod stage;

use crate::error::CommandError;
use crate::exit;
use crate::kubectl::find::find;
use crate::output;

use scene::Scene;
use stage::Stage;
use stage::expect;
use stage::say;

/// Plays the story; fails when any part of it did not go as told.
pub(crate) fn run() -> Result<u8, CommandError> {
    let kubectl = find().ok();
    let mut scene = Scene::open()?;
    let mut stage = Stage::open(&scene, kubectl)?;

    say(&format!(
        "A MicroK8s cluster answers at {}. Its kubeconfig is taken in:",
        scene.address()
    ))?;
    stage.add(&scene)?;
    stage.warm_up()?;
    let works = stage.ask(true)?;

    say(&format!(
        "The machine reboots and gets another address, {}.",
        scene.other()
    ))?;
    scene.move_node()?;
    if stage.has_kubectl() {
        stage.kubectl_alone(false)?;
    }
    let followed = stage.follow(true)?;
    stage.show_diff()?;

    say("Another MicroK8s, whose CA has the same name, takes over the address:")?;
    let impostor = scene.replace_node_by_an_impostor()?;
    stage.heal(false)?;
    let leaked = impostor.records().credential_bytes();
    expect(leaked == 0, "the impostor was sent a credential")?;
    say(&format!(
        "The impostor was sent {leaked} bytes of credentials."
    ))?;

    scene.move_node()?;
    say(&format!("The machine is back, at {}:", scene.address()))?;
    stage.follow(true)?;

    say("Timings, each a whole process:")?;
    let milliseconds =
        |time: std::time::Duration| format!("{:>6.0} ms", time.as_secs_f64() * 1000.0);
    output::print(&format!(
        "  {}  while nothing had moved\n",
        milliseconds(works)
    ))?;
    output::print(&format!(
        "  {}  after the move: found, proved, written, answered\n",
        milliseconds(followed)
    ))?;
    if !stage.has_kubectl() {
        output::note(
            "kubectl is not on PATH, so status and heal were shown in place of `bowline k`",
        );
    }
    Ok(exit::OK)
}
