/**
 * The public types of `mindhook`. Data types keep the vendor's own key names and describe what `JSON.parse` of a checked body
 * gives; `Payload` is what `parsePayload` hands out, told apart by `kind`.
 */

/** How bad an {@link Issue} is: an error refuses the input, a warning wants a look, a notice is worth knowing. */
export type Severity = 'error' | 'warning' | 'notice';

/** One thing that is wrong, or worth knowing, about an input. All codes: docs/issues.md. */
export interface Issue {
	/** What is wrong, for programs: stable, `room.what`. */
	readonly code: string;
	readonly severity: Severity;
	/** RFC 6901 pointer to the value; `''` is the whole input. For a missing key: the object that lacks it. */
	readonly pointer: string;
	/** Where the offending bytes begin, in bytes from the start of the input. */
	readonly offset: number;
	/** How many bytes are meant; 0 marks a place between bytes. */
	readonly length: number;
	/** From 1. */
	readonly line: number;
	/** From 1, in bytes. */
	readonly column: number;
	/** From 1, in UTF-16 code units, as editors count. */
	readonly columnUtf16: number;
	/** What is wrong, for people. */
	readonly message: string;
	/** What to do about it. */
	readonly help?: string;
}

/** The verdict on a `webhook_ids` list. */
export interface WebhookIdsReport {
	/** Whether no issue is an error. */
	readonly ok: boolean;
	/** Canonical lower-case hyphenated IDs of the valid entries, in the order given, each once. */
	readonly ids: string[];
	readonly issues: Issue[];
}

/** How sure the platform is of a value. */
export type Confidence = 'Certain' | 'High' | 'Medium' | 'Low';

/** Where a value was read. */
export interface LocationData {
	/** From 0. */
	page: number;
	/** Points as fractions of the page, from its top-left corner. Their order means nothing. */
	polygon: [number, number][];
}

/** A field with one value. */
export interface SimpleFieldData {
	value: string | number | boolean | null;
	confidence?: Confidence | null;
	locations?: LocationData[] | null;
}

/** A field made of named fields. */
export interface ObjectFieldData {
	fields: Record<string, FieldData>;
	confidence?: Confidence | null;
	locations?: LocationData[] | null;
}

/** A field that repeats. */
export interface ListFieldData {
	items: FieldData[];
	confidence?: Confidence | null;
	locations?: LocationData[] | null;
}

/** A field, told by its key: `value`, `fields` or `items`. */
export type FieldData = SimpleFieldData | ObjectFieldData | ListFieldData;

/** The file that was read. */
export interface FileData {
	name: string;
	alias?: string | null;
	page_count: number;
	mime_type: string;
}

/** What was switched on for an inference. */
export interface ActiveOptionsData {
	raw_text: boolean;
	polygon: boolean;
	confidence: boolean;
	rag: boolean;
	text_context: boolean;
	multipage_context?: boolean;
	data_schema: { replace: boolean };
}

/** An inference with a result of the type `Result`. */
export interface InferenceData<Result> {
	inference: {
		id: string;
		job: { id: string };
		model: { id: string };
		file: FileData;
		result: Result;
		active_options?: ActiveOptionsData;
	};
}

/** `inference.result` of an extraction. */
export interface ExtractionResult {
	fields: Record<string, FieldData>;
	raw_text?: { pages: { content: string }[] } | null;
	rag?: { retrieved_document_id: string | null } | null;
}

/** Body of an extraction. */
export type ExtractionData = InferenceData<ExtractionResult>;
/** Body of a classification. */
export type ClassificationData = InferenceData<{
	classification: { document_type: string; extraction_response?: ExtractionData | null };
}>;
/** Body of a crop. */
export type CropData = InferenceData<{
	crops: { object_type: string; location: LocationData; extraction_response?: ExtractionData | null }[];
}>;
/** Body of an OCR. */
export type OcrData = InferenceData<{
	pages: { content: string; words: { content: string; polygon: [number, number][] }[] }[];
}>;
/** Body of a split. `page_range` counts from 0, both ends included. */
export type SplitData = InferenceData<{
	splits: { page_range: [number, number]; document_type: string; extraction_response?: ExtractionData | null }[];
}>;

/** An error of the platform, in the manner of RFC 9457. */
export interface ErrorData {
	status: number;
	title: string;
	detail: string;
	code: string;
	errors: { pointer: string | null; detail: string }[];
}

/** An error within a failure or a job, where the list of details may be absent. */
export interface ReportedErrorData extends Omit<ErrorData, 'errors'> {
	errors?: ErrorData['errors'];
}

/** Body that reports a failed inference. */
export interface FailureData {
	inference_id: string;
	model_id: string;
	file_name: string;
	file_alias?: string | null;
	created_at: string | null;
	error: ReportedErrorData | null;
}

/** Body that describes a job. */
export interface JobData {
	job: {
		id: string;
		model_id: string;
		filename: string;
		alias?: string | null;
		created_at: string;
		completed_at?: string | null;
		status: 'Processing' | 'Failed' | 'Processed' | 'Pending';
		polling_url: string;
		result_url?: string | null;
		webhooks: {
			id: string;
			created_at: string;
			status: string;
			error?: ReportedErrorData | null;
			attempts_count?: number;
		}[];
		error?: ReportedErrorData | null;
	};
}

/** A field read from the bytes, without making `data`. */
export type Field = SimpleField | ObjectField | ListField;

interface FieldCommon {
	readonly confidence: Confidence | null;
	readonly locations: LocationData[];
	/** The polygon of each location, flat: x0, y0, x1, y1, … */
	readonly polygons: Float64Array[];
}

/** A field with one value; `text` is the value as written in the body (`1.10`, `9007199254740993`). */
export interface SimpleField extends FieldCommon {
	readonly kind: 'simple';
	readonly value: string | number | boolean | null;
	readonly text: string;
}

/** A field made of named fields. */
export interface ObjectField extends FieldCommon {
	readonly kind: 'object';
	readonly fields: Fields;
}

/** A field that repeats. */
export interface ListField extends FieldCommon {
	readonly kind: 'list';
	readonly items: readonly Field[];
}

/** Fields by name, in the order of the body; the names are exactly the body's. */
export interface Fields extends Iterable<[string, Field]> {
	readonly size: number;
	get(name: string): Field | undefined;
	has(name: string): boolean;
	keys(): IterableIterator<string>;
	values(): IterableIterator<Field>;
	entries(): IterableIterator<[string, Field]>;
	forEach(callback: (field: Field, name: string, fields: Fields) => void): void;
}

/** A word that OCR read. */
export interface OcrWord {
	readonly content: string;
	readonly polygon: [number, number][];
	/** The polygon, flat: x0, y0, x1, y1, … */
	readonly points: Float64Array;
}

/** A page that OCR read, from the bytes on demand. */
export interface OcrPage {
	readonly content: string;
	readonly words: readonly OcrWord[];
}

interface PayloadCommon<Kind extends string, Data> {
	readonly kind: Kind;
	/** `inference.id`, or `inference_id` of a failure; `null` for a job or an error. */
	readonly inferenceId: string | null;
	readonly modelId: string | null;
	/** `inference.job.id` or `job.id`; a failure has none. */
	readonly jobId: string | null;
	readonly fileName: string | null;
	readonly alias: string | null;
	/** Warnings and notices; found out on first use, where there are any, by a second reading. */
	readonly warnings: Issue[];
	/** The bytes that were read. They are not copied: do not change them. */
	readonly raw: Uint8Array;
	/** Exactly what `JSON.parse` gives; made on first use. */
	readonly data: Data;
	/** The value at an RFC 6901 pointer, read without making `data`; `undefined` where there is none. */
	get(pointer: string): unknown;
}

/** What a model read from a document, field by field. */
export interface ExtractionPayload extends PayloadCommon<'extraction', ExtractionData> {
	readonly fields: Fields;
}
/** The text of a document, word by word. */
export interface OcrPayload extends PayloadCommon<'ocr', OcrData> {
	readonly pages: readonly OcrPage[];
}
/** What kind of document it is. */
export type ClassificationPayload = PayloadCommon<'classification', ClassificationData>;
/** The objects that were found on the pages. */
export type CropPayload = PayloadCommon<'crop', CropData>;
/** The documents that were found in the file. */
export type SplitPayload = PayloadCommon<'split', SplitData>;
/** An inference that failed. */
export type FailurePayload = PayloadCommon<'failure', FailureData>;
/** The state of a file that was enqueued. */
export type JobPayload = PayloadCommon<'job', JobData>;
/** A call that the platform refused. */
export type ErrorPayload = PayloadCommon<'error', ErrorData>;

/** A checked body; `kind` tells which. */
export type Payload =
	| ExtractionPayload
	| ClassificationPayload
	| CropPayload
	| OcrPayload
	| SplitPayload
	| FailurePayload
	| JobPayload
	| ErrorPayload;

/** What {@link Payload} tells its members apart by. */
export type PayloadKind = Payload['kind'];

/** Limits on what is read; each is an error past it. */
export interface Limits {
	/** Body size in bytes. Default 1 GiB − 1. */
	bytes?: number;
	/** Nesting of arrays and objects. Default 512, at most 2,048. */
	depth?: number;
	/** Fields of all levels together. Default 1,000,000. */
	fields?: number;
	/** Length of one key in bytes, as written. Default 65,536, at most 4,194,303. */
	keyLength?: number;
	/** Issues reported. Default 100. */
	issues?: number;
}

/** What `parsePayload` and `safeParsePayload` take. */
export interface ParseOptions {
	limits?: Limits;
}

/** A payload, or everything that is wrong with the body. */
export type SafeParseResult = { ok: true; payload: Payload } | { ok: false; issues: Issue[] };
