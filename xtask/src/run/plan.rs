//! Which steps of a run are due, and what is said about those that are not.

use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use dim_models::Case;

use super::folder::{RunFolder, training_state_file};
use super::record::{Inputs, StepStatus};
use super::session::Session;
use super::step::{Step, WhenStale};
use crate::support::progress::status;

/// What a step would be made from now.
pub fn inputs(session: &Session, step: Step) -> Result<Inputs> {
    let mut inputs = setting_inputs(session, step)?;
    for name in step.reads(&session.config.cases) {
        let Some(digest) = session.run.digest(&name)? else {
            let writer = Step::of_run(&session.config.cases).into_iter().find(|s| s.writes(&name));
            let command = writer.map_or("cargo xtask reproduce", Step::command);
            bail!("{} is missing; `{command}` makes it", session.run.path(&name).display());
        };
        inputs.insert(name, digest);
    }
    match step {
        Step::Probe => inputs.extend(session.images.probe_inputs(session.measured_images())?),
        Step::Unseen => inputs.extend(session.images.unseen_inputs()?),
        Step::Summary => inputs.extend(session.images.summary_inputs()?),
        _ => {}
    }
    Ok(inputs)
}

/// The part of the inputs that is known before any step has run: data, settings, kind of device.
fn setting_inputs(session: &Session, step: Step) -> Result<Inputs> {
    let mut inputs = session.config.settings(step.settings())?;
    inputs.insert("data".to_owned(), session.images.digest.clone());
    if step.depends_on_device() {
        inputs.insert("device".to_owned(), session.device_kind().to_owned());
    }
    Ok(inputs)
}

/// How the results of a step compare with the inputs it would have now.
pub fn status_of(session: &Session, step: Step, inputs: &Inputs) -> Result<StepStatus> {
    session.record.status(&session.run, step, &without_new_settings(session, step, inputs)?)
}

/// The inputs without settings that did not exist when the step ran: their default applied then. A
/// value that is not the default stays, and differs.
fn without_new_settings(session: &Session, step: Step, inputs: &Inputs) -> Result<Inputs> {
    let finished = session.record.steps.get(&step).map(|record| &record.inputs);
    let recorded = finished.or(session.record.started.get(&step).map(|started| &started.inputs));
    let Some(recorded) = recorded else { return Ok(inputs.clone()) };
    let defaults = session.config.defaults().settings(step.settings())?;
    let mut inputs = inputs.clone();
    inputs.retain(|name, value| recorded.contains_key(name) || defaults.get(name) != Some(value));
    Ok(inputs)
}

/// Runs a step and records it, unless it is up to date. `work` writes [`Step::files`].
pub fn run_if_due(
    session: &mut Session,
    step: Step,
    work: impl FnOnce(&mut Session, &Inputs) -> Result<()>,
) -> Result<()> {
    let inputs = inputs(session, step)?;
    if !is_due(session, step, &inputs)? {
        return Ok(());
    }
    let start = Instant::now();
    work(session, &inputs)?;
    session.record.finish(&session.run, step, inputs, &step.files(), start.elapsed())
}

/// Whether a step has to run; see [`decide`].
pub fn is_due(session: &Session, step: Step, inputs: &Inputs) -> Result<bool> {
    decide(&session.run, step, status_of(session, step, inputs)?)
}

/// Whether a step of this status has to run; says why, or that it is up to date. An error if running
/// it would replace results that took long and were made from other inputs.
pub fn decide(run: &RunFolder, step: Step, found: StepStatus) -> Result<bool> {
    match found {
        StepStatus::Missing(None) => Ok(true),
        StepStatus::Missing(Some(name)) => {
            status(&format!("{step}: running again: {name} is missing"));
            Ok(true)
        }
        StepStatus::UpToDate => {
            status(&format!("{step}: up to date"));
            Ok(false)
        }
        StepStatus::OtherRevision(found) if is_training(step) => {
            status(&format!(
                "{step}: up to date; trained by revision {found} of this step, which is now {}: \
                 see \"Changed results\" in CHANGELOG.md; --fresh trains again",
                step.revision()
            ));
            Ok(false)
        }
        StepStatus::OtherRevision(found) => {
            status(&format!(
                "{step}: running again; made by revision {found} of this step, which is now {}",
                step.revision()
            ));
            Ok(true)
        }
        StepStatus::Stale(differences) if step.when_stale() == WhenStale::RunAgain => {
            status(&format!("{step}: running again\n  {}", differences.join("\n  ")));
            Ok(true)
        }
        StepStatus::Stale(differences) => Err(other_inputs(run, step, &differences)),
    }
}

/// The cases that are left to train. An error for everything that a step would refuse later.
pub fn cases_to_train(session: &Session) -> Result<Vec<Case>> {
    let mut due = Vec::new();
    for case in Case::ALL {
        let step = Step::Train(case);
        // A run has one configuration: the cases that are not asked for count as well.
        let is_due = match status_of(session, step, &inputs(session, step)?)? {
            StepStatus::Missing(_) => true,
            StepStatus::UpToDate | StepStatus::OtherRevision(_) => false,
            StepStatus::Stale(differences) => {
                return Err(other_inputs(&session.run, step, &differences));
            }
        };
        if is_due && session.config.cases.contains(&case) {
            due.push(case);
        }
    }
    check_measurement(session, due.is_empty())?;
    Ok(due)
}

/// An error if the run holds a measurement that was made with other settings or, once all cases are
/// trained, from other weights.
pub fn check_measurement(session: &Session, is_trained: bool) -> Result<()> {
    let step = Step::Measure;
    let differences = if is_trained {
        match status_of(session, step, &inputs(session, step)?)? {
            StepStatus::Stale(differences) => differences,
            _ => return Ok(()),
        }
    } else {
        let inputs = setting_inputs(session, step)?;
        session.record.input_differences(step, &without_new_settings(session, step, &inputs)?)
    };
    if differences.is_empty() {
        return Ok(());
    }
    Err(other_inputs(&session.run, step, &differences))
}

/// An error unless every case is trained with the present settings.
pub fn require_trained(session: &Session) -> Result<()> {
    session.config.cases.iter().try_for_each(|&case| require(session, Step::Train(case)))
}

/// An error unless the run is measured with the present settings.
pub fn require_measured(session: &Session) -> Result<()> {
    require(session, Step::Measure)
}

fn require(session: &Session, step: Step) -> Result<()> {
    let folder = session.run.folder().display();
    let Some(record) = session.record.steps.get(&step) else {
        bail!("step `{step}` is not done in {folder}; run `{}`", step.command());
    };
    // Weights that were trained on a GPU may be measured on a CPU.
    let mut inputs = without_new_settings(session, step, &inputs(session, step)?)?;
    inputs.remove("device");
    let differences = session.record.input_differences(step, &inputs);
    if !differences.is_empty() {
        bail!(
            "step `{step}` was done in {folder} with other inputs:\n  {}\n\
             use the same settings, or make another run: `cargo xtask reproduce --run NAME`",
            differences.join("\n  ")
        );
    }
    match session.record.status(&session.run, step, &record.inputs)? {
        StepStatus::UpToDate | StepStatus::OtherRevision(_) => Ok(()),
        StepStatus::Missing(_) => bail!(
            "a file of step `{step}` is missing in {folder}; `{}` makes it again",
            step.command()
        ),
        StepStatus::Stale(differences) => Err(other_inputs(&session.run, step, &differences)),
    }
}

/// Whether a step is finished, whichever revision made it.
pub fn is_finished(session: &Session, step: Step) -> Result<bool> {
    let status = status_of(session, step, &inputs(session, step)?)?;
    Ok(match status {
        StepStatus::UpToDate => true,
        StepStatus::OtherRevision(_) => is_training(step),
        StepStatus::Missing(_) | StepStatus::Stale(_) => false,
    })
}

/// Whether a training that has started can resume from its saved state. If there is a state that it
/// cannot resume from, says why.
pub fn can_resume(session: &Session, case: Case, inputs: &Inputs) -> Result<bool> {
    let step = Step::Train(case);
    let Some(started) = session.record.started.get(&step) else { return Ok(false) };
    let is_same = started.inputs == without_new_settings(session, step, inputs)?;
    if is_same && started.revision == step.revision() {
        return Ok(true);
    }
    if session.run.path(&training_state_file(case)).exists() {
        let reason = if is_same {
            format!("of revision {}, which is now {}", started.revision, step.revision())
        } else {
            "of other inputs".to_owned()
        };
        status(&format!("train {case}: starting over: the saved state is {reason}"));
    }
    Ok(false)
}

fn is_training(step: Step) -> bool {
    matches!(step, Step::Train(_))
}

fn other_inputs(run: &RunFolder, step: Step, differences: &[String]) -> anyhow::Error {
    // Measuring again takes minutes, training again hours.
    let replace = match step {
        Step::Measure => {
            let name = run.folder().file_name().unwrap_or_default().to_string_lossy();
            format!("`cargo xtask measure --fresh --run {name}`, which keeps the trainings,")
        }
        _ => "--fresh".to_owned(),
    };
    anyhow!(
        "{} already has results of step `{step}` made with other inputs:\n  {}\n\
         use {replace} to replace them, or another --run NAME to keep them",
        run.folder().display(),
        differences.join("\n  ")
    )
}
