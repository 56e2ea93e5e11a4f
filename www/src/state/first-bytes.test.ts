import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { firstLook, HEAD_BYTES } from './first-bytes.js';

describe('first bytes', () => {
	const look = (text: string) => firstLook(Buffer.from(text, 'latin1').subarray(0, HEAD_BYTES));

	test('tell documents from payloads, whatever they are called', () => {
		for (const [text, holds] of [
			['%PDF-1.7', 'pdf'],
			['junk before %PDF-1.4', 'pdf'],
			['\x89PNG\r\n\x1a\n', 'png'],
			['\xff\xd8\xff\xe0', 'jpeg'],
			['RIFF\0\0\0\0WEBPVP8 ', 'webp'],
			['II*\0', 'tiff'],
			['{"text": "%PDF-1.7"}', 'payload'],
			['\xef\xbb\xbf \n[', 'payload'],
			['', 'payload'],
			['PK\x03\x04', 'payload'],
		] as const) {
			assert.equal(look(text).holds, holds, text);
		}
	});

	test('the name that a payload gives its document is found, and nothing is trusted for it', () => {
		for (const [text, inner] of [
			['{"inference": {"id": "1", "file": {"alias": null, "name": "a \\"b\\".pdf"', 'a "b".pdf'],
			['{"inference_id":"1","file_name":"x.pdf"', 'x.pdf'],
			['{"file": {"name": "cut', null],
			['{"file": {"name": "\\x"}}', null],
			['{"file": {}, "name": "no"}', null],
			['{}', null],
			['', null],
		] as const) {
			assert.equal(look(text).inner, inner, text);
		}
	});
});
