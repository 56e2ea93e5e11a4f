/** `JSON.parse`, then a Zod schema. */
import { z } from 'zod';
import { readPlain } from '../reading.js?of=zod';
import { assertSigned } from './hmac.js';

export const title = 'JSON.parse + Zod';

const coordinate = z.number().min(-0.05).max(1.05);
const polygon = z.array(z.tuple([coordinate, coordinate]));
const location = z.object({ page: z.int().min(0), polygon });
const common = {
	confidence: z.enum(['Certain', 'High', 'Medium', 'Low']).nullish(),
	locations: z.array(location).nullish(),
};

const simple = z.object({ value: z.union([z.string(), z.number(), z.boolean(), z.null()]), ...common });
const nested = z.object({
	get fields() {
		return fields;
	},
	...common,
});
const list = z.object({
	get items() {
		return z.array(field);
	},
	...common,
});
const field = z.union([simple, nested, list]);
const fields = z.record(z.string().regex(/^[a-z0-9](?:[a-z0-9_]*[a-z0-9])?$/), field);

const activeOptions = z.object({
	raw_text: z.boolean(),
	polygon: z.boolean(),
	confidence: z.boolean(),
	rag: z.boolean(),
	text_context: z.boolean(),
	multipage_context: z.boolean().optional(),
	data_schema: z.object({ replace: z.boolean() }),
});

const inference = (result, rest = {}) =>
	z.object({
		inference: z.object({
			id: z.string(),
			job: z.object({ id: z.string() }),
			model: z.object({ id: z.string() }),
			file: z.object({
				name: z.string(),
				alias: z.string().nullish(),
				page_count: z.int().min(1),
				mime_type: z.string(),
			}),
			result,
			...rest,
		}),
	});

const schemas = {
	extraction: inference(
		z.object({
			fields,
			raw_text: z.object({ pages: z.array(z.object({ content: z.string() })) }).nullish(),
			rag: z.object({ retrieved_document_id: z.string().nullable() }).nullish(),
		}),
		{ active_options: activeOptions },
	),
	ocr: inference(
		z.object({
			pages: z.array(z.object({ content: z.string(), words: z.array(z.object({ content: z.string(), polygon })) })),
		}),
	),
};

export const check = (body, kind) => schemas[kind].parse(JSON.parse(body.toString('utf8')));
export const objects = check;

export function webhook(body, signature, secret, kind) {
	assertSigned(body, signature, secret);
	return readPlain(check(body, kind));
}

export const read = readPlain;

const ids = z.array(z.uuidv4()).min(1);

export const checkIds = (list) => ids.parse(list);
