/** `JSON.parse`, then a JSON Schema compiled by Ajv. */
import { Ajv } from 'ajv';
import { readPlain } from '../reading.js?of=ajv';
import { assertSigned } from './hmac.js';

export const title = 'JSON.parse + Ajv';

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const flag = { type: 'boolean' };
const object = (properties, optional = {}) => ({
	type: 'object',
	properties: { ...properties, ...optional },
	required: Object.keys(properties),
});
const coordinate = { type: 'number', minimum: -0.05, maximum: 1.05 };
const polygon = { type: 'array', items: { type: 'array', items: coordinate, minItems: 2, maxItems: 2 } };
const location = object({ page: { type: 'integer', minimum: 0 }, polygon });
const common = {
	confidence: { enum: ['Certain', 'High', 'Medium', 'Low', null] },
	locations: { type: ['array', 'null'], items: location },
};
const shape = (properties) => object(properties, common);

const definitions = {
	fields: {
		type: 'object',
		propertyNames: { pattern: '^[a-z0-9](?:[a-z0-9_]*[a-z0-9])?$' },
		additionalProperties: { $ref: '#/definitions/field' },
	},
	// Told by its key. `if` spares trying one shape after the other, which `anyOf` does.
	field: {
		type: 'object',
		if: { required: ['value'] },
		// biome-ignore lint/suspicious/noThenProperty: JSON Schema's own word, in an object that nobody awaits
		then: shape({ value: { type: ['string', 'number', 'boolean', 'null'] } }),
		else: {
			if: { required: ['fields'] },
			// biome-ignore lint/suspicious/noThenProperty: see above
			then: shape({ fields: { $ref: '#/definitions/fields' } }),
			else: shape({ items: { type: 'array', items: { $ref: '#/definitions/field' } } }),
		},
	},
};

const activeOptions = object(
	{
		raw_text: flag,
		polygon: flag,
		confidence: flag,
		rag: flag,
		text_context: flag,
		data_schema: object({ replace: flag }),
	},
	{ multipage_context: flag },
);

const inference = (result, rest = {}) =>
	object({
		inference: object({
			id: text,
			job: object({ id: text }),
			model: object({ id: text }),
			file: object({ name: text, page_count: { type: 'integer', minimum: 1 }, mime_type: text }, { alias: textOrNull }),
			result,
			...rest,
		}),
	});

const orNull = (schema) => ({ ...schema, type: ['object', 'null'] });

const schemas = {
	extraction: inference(
		object(
			{ fields: { $ref: '#/definitions/fields' } },
			{
				raw_text: orNull(object({ pages: { type: 'array', items: object({ content: text }) } })),
				rag: orNull(object({ retrieved_document_id: textOrNull })),
			},
		),
		{ active_options: activeOptions },
	),
	ocr: inference(
		object({
			pages: {
				type: 'array',
				items: object({ content: text, words: { type: 'array', items: object({ content: text, polygon }) } }),
			},
		}),
	),
};

const ajv = new Ajv({ allowUnionTypes: true });
const validators = Object.fromEntries(
	Object.entries(schemas).map(([kind, schema]) => [kind, ajv.compile({ ...schema, definitions })]),
);

export function check(body, kind) {
	const data = JSON.parse(body.toString('utf8'));
	const validate = validators[kind];
	if (!validate(data)) throw new Error(ajv.errorsText(validate.errors));
	return data;
}
export const objects = check;

export function webhook(body, signature, secret, kind) {
	assertSigned(body, signature, secret);
	return readPlain(check(body, kind));
}

export const read = readPlain;

const validIds = ajv.compile({
	type: 'array',
	minItems: 1,
	items: {
		type: 'string',
		pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$',
	},
});

export function checkIds(list) {
	if (!validIds(list)) throw new Error(ajv.errorsText(validIds.errors));
	return list;
}
