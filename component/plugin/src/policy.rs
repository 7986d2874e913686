//! The policy that the component imports.

use scimlet_engine::facts::{Broken, Installed, No, Policy, Proposal, Question, Subject};

use crate::bindings::scimlet::scim::policy as wit;
use crate::convert;
use crate::store::Imported;

impl Policy for Imported {
    fn describe(&mut self) -> Option<Installed> {
        wit::describe().map(convert::installed)
    }

    fn shape(
        &mut self,
        question: &Question,
        documents: Vec<String>,
    ) -> Result<Vec<Result<String, No>>, Broken> {
        let answers = wit::shape(&convert::question_out(question), &documents);
        let answers = answers.map_err(convert::broken)?;
        let answer = |answer: Result<String, wit::Refusal>| answer.map_err(convert::no);
        Ok(answers.into_iter().map(answer).collect())
    }

    fn entitle(
        &mut self,
        question: &Question,
        subjects: Vec<Subject>,
    ) -> Result<Vec<Result<Vec<Proposal>, No>>, Broken> {
        let subjects: Vec<_> = subjects.into_iter().map(convert::subject_out).collect();
        let answers = wit::entitle(&convert::question_out(question), &subjects);
        let answers = answers.map_err(convert::broken)?;
        let answer = |answer: Result<Vec<wit::Grant>, wit::Refusal>| match answer {
            Ok(grants) => Ok(grants.into_iter().map(convert::proposal).collect()),
            Err(no) => Err(convert::no(no)),
        };
        Ok(answers.into_iter().map(answer).collect())
    }
}
