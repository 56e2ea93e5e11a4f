//! The contract as serde types, for whoever wants owned data: [`super::Payload::deserialize`]. Unknown keys are passed over.

use super::view::Confidence;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// JSON may write a whole number as `1.0` or `1e0`.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    f64::deserialize(deserializer).map(|number| number as u32)
}

fn whole_pair<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u32; 2], D::Error> {
    <[f64; 2]>::deserialize(deserializer).map(|pair| pair.map(|number| number as u32))
}

/// `{"inference": …}` with a result of one kind: [`ExtractionResult`], [`ClassificationResult`], [`CropResult`], [`OcrResult`] or
/// [`SplitResult`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response<R> {
    /// What was read.
    pub inference: Inference<R>,
}

/// What all results have in common (contract, section 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference<R> {
    /// The inference's ID.
    pub id: String,
    /// The job that it belongs to.
    pub job: Reference,
    /// The model that read the file.
    pub model: Reference,
    /// The file that was read.
    pub file: File,
    /// What the model found.
    pub result: R,
}

/// A job or a model, by its ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The ID.
    pub id: String,
}

/// The file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What it was called when it was enqueued.
    pub alias: Option<String>,
    /// How many pages it has, from 1.
    #[serde(deserialize_with = "whole")]
    pub page_count: u32,
    /// Its media type.
    pub mime_type: String,
}

/// A place on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The page, from 0.
    #[serde(deserialize_with = "whole")]
    pub page: u32,
    /// Points as fractions of the page, from its top-left corner. Their order means nothing.
    pub polygon: Vec<[f64; 2]>,
}

/// `inference.result` of an extraction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtractionResult {
    /// The fields, by name.
    pub fields: BTreeMap<String, FieldData>,
}

/// A field, told by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldData {
    /// A field with one value.
    Simple {
        /// A string, a number, true, false or null.
        value: serde_json::Value,
        /// How sure the platform is.
        confidence: Option<Confidence>,
        /// Where the value was read.
        locations: Option<Vec<Location>>,
    },
    /// A field made of named fields.
    Object {
        /// The fields, by name.
        fields: BTreeMap<String, FieldData>,
        /// How sure the platform is.
        confidence: Option<Confidence>,
        /// Where the value was read.
        locations: Option<Vec<Location>>,
    },
    /// A field that repeats.
    List {
        /// The fields, in order.
        items: Vec<FieldData>,
        /// How sure the platform is.
        confidence: Option<Confidence>,
        /// Where the value was read.
        locations: Option<Vec<Location>>,
    },
}

/// `inference.result` of a classification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassificationResult {
    /// What the document is.
    pub classification: Classification,
}

/// What a document is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// Its type.
    pub document_type: String,
    /// What a chained model extracted from it.
    pub extraction_response: Option<Response<ExtractionResult>>,
}

/// `inference.result` of a crop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropResult {
    /// The objects that were found.
    pub crops: Vec<Crop>,
}

/// An object that was found on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// What it is.
    pub object_type: String,
    /// Where it is.
    pub location: Location,
    /// What a chained model extracted from it.
    pub extraction_response: Option<Response<ExtractionResult>>,
}

/// `inference.result` of an OCR.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcrResult {
    /// The pages.
    pub pages: Vec<OcrPage>,
}

/// A page that OCR read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcrPage {
    /// Its whole text.
    pub content: String,
    /// Its words.
    pub words: Vec<Word>,
}

/// A word that OCR read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Its text.
    pub content: String,
    /// Points as fractions of the page.
    pub polygon: Vec<[f64; 2]>,
}

/// `inference.result` of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitResult {
    /// The documents that were found in the file.
    pub splits: Vec<Split>,
}

/// A document within a file of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Its first and last page, from 0, both included.
    #[serde(deserialize_with = "whole_pair")]
    pub page_range: [u32; 2],
    /// What it is.
    pub document_type: String,
    /// What a chained model extracted from it.
    pub extraction_response: Option<Response<ExtractionResult>>,
}

/// A body that reports a failed inference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The inference that failed.
    pub inference_id: String,
    /// The model that was to read the file.
    pub model_id: String,
    /// The file's name.
    pub file_name: String,
    /// What it was called when it was enqueued.
    pub file_alias: Option<String>,
    /// When the inference began: ISO 8601, UTC where no zone is given.
    pub created_at: Option<String>,
    /// What went wrong.
    pub error: Option<PlatformError>,
}

/// A body that describes a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobResponse {
    /// The job.
    pub job: Job,
}

/// The state of a file that was enqueued (contract, section 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The job's ID.
    pub id: String,
    /// The model that reads the file.
    pub model_id: String,
    /// The file's name.
    pub filename: String,
    /// What it was called when it was enqueued.
    pub alias: Option<String>,
    /// ISO 8601, UTC where no zone is given; so is the next.
    pub created_at: String,
    /// When it ended.
    pub completed_at: Option<String>,
    /// `Processing`, `Processed`, `Failed` or `Pending`.
    pub status: String,
    /// Where to ask for its state.
    pub polling_url: String,
    /// Where its result is.
    pub result_url: Option<String>,
    /// The endpoints that are called.
    pub webhooks: Vec<JobWebhook>,
    /// What went wrong.
    pub error: Option<PlatformError>,
}

/// The state of one endpoint of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobWebhook {
    /// The endpoint's ID.
    pub id: String,
    /// ISO 8601, UTC where no zone is given.
    pub created_at: String,
    /// Whether it was called.
    pub status: String,
    /// What went wrong.
    pub error: Option<PlatformError>,
    /// How often it was called.
    pub attempts_count: Option<f64>,
}

/// An error of the platform, in the manner of RFC 9457.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlatformError {
    /// The HTTP status.
    #[serde(deserialize_with = "whole")]
    pub status: u32,
    /// The kind of error.
    pub title: String,
    /// What went wrong this time.
    pub detail: String,
    /// `422-001`
    pub code: String,
    /// Where it went wrong.
    #[serde(default)]
    pub errors: Vec<ErrorItem>,
}

/// One place where a request was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorItem {
    /// `#/model_id`
    pub pointer: Option<String>,
    /// What is wrong there.
    pub detail: String,
}
