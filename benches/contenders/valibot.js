/** `JSON.parse`, then a Valibot schema. */
import * as v from 'valibot';
import { readPlain } from '../reading.js?of=valibot';
import { assertSigned } from './hmac.js';

export const title = 'JSON.parse + Valibot';

const coordinate = v.pipe(v.number(), v.minValue(-0.05), v.maxValue(1.05));
const polygon = v.array(v.tuple([coordinate, coordinate]));
const location = v.object({ page: v.pipe(v.number(), v.integer(), v.minValue(0)), polygon });
const common = {
	confidence: v.nullish(v.picklist(['Certain', 'High', 'Medium', 'Low'])),
	locations: v.nullish(v.array(location)),
};

const simple = v.object({ value: v.union([v.string(), v.number(), v.boolean(), v.null()]), ...common });
const nested = v.object({ fields: v.lazy(() => fields), ...common });
const list = v.object({ items: v.array(v.lazy(() => field)), ...common });
// Told by its key: trying one shape after the other, as `union` does, takes longer.
const field = v.lazy((input) => {
	if (typeof input !== 'object' || input === null || 'value' in input) return simple;
	return 'fields' in input ? nested : list;
});
const fields = v.record(v.pipe(v.string(), v.regex(/^[a-z0-9](?:[a-z0-9_]*[a-z0-9])?$/)), field);

const activeOptions = v.object({
	raw_text: v.boolean(),
	polygon: v.boolean(),
	confidence: v.boolean(),
	rag: v.boolean(),
	text_context: v.boolean(),
	multipage_context: v.optional(v.boolean()),
	data_schema: v.object({ replace: v.boolean() }),
});

const inference = (result, rest = {}) =>
	v.object({
		inference: v.object({
			id: v.string(),
			job: v.object({ id: v.string() }),
			model: v.object({ id: v.string() }),
			file: v.object({
				name: v.string(),
				alias: v.nullish(v.string()),
				page_count: v.pipe(v.number(), v.integer(), v.minValue(1)),
				mime_type: v.string(),
			}),
			result,
			...rest,
		}),
	});

const schemas = {
	extraction: inference(
		v.object({
			fields,
			raw_text: v.nullish(v.object({ pages: v.array(v.object({ content: v.string() })) })),
			rag: v.nullish(v.object({ retrieved_document_id: v.nullable(v.string()) })),
		}),
		{ active_options: activeOptions },
	),
	ocr: inference(
		v.object({
			pages: v.array(v.object({ content: v.string(), words: v.array(v.object({ content: v.string(), polygon })) })),
		}),
	),
};

export const check = (body, kind) => v.parse(schemas[kind], JSON.parse(body.toString('utf8')));
export const objects = check;

export function webhook(body, signature, secret, kind) {
	assertSigned(body, signature, secret);
	return readPlain(check(body, kind));
}

export const read = readPlain;

const ids = v.pipe(
	v.array(
		v.pipe(
			v.string(),
			v.regex(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/),
		),
	),
	v.minLength(1),
);

export const checkIds = (list) => v.parse(ids, list);
