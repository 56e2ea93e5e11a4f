/** Exists in workers only; the types of a whole worker cannot be loaded beside those of a page. */
declare class FileReaderSync {
	readAsArrayBuffer(blob: Blob): ArrayBuffer;
}
