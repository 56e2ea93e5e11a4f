/**
 * One job on one input, all contenders in turns. Its own process, so that no job inherits what the engine learnt from another:
 * `node --expose-gc throughput.js '{"job":"check","input":"2k","warmUp":500,"budget":1000,"leastRounds":5}'` prints times in JSON.
 */
import { readFileSync } from 'node:fs';
import { idLists, inputs } from '../inputs.js';
import { measure } from '../rounds.js';

const { job, input, file, kind: kindOfFile, ...timing } = JSON.parse(process.argv[2]);
const SECRET = 'a signing secret of 32 characters';
const LISTS = 1000;

/** Every contender that can do the job. */
const names = {
	check: ['mindhook', 'json-parse', 'ajv', 'zod', 'valibot', 'mindee'],
	webhook: ['mindhook', 'json-parse', 'ajv', 'zod', 'valibot', 'mindee'],
	objects: ['mindhook', 'json-parse', 'ajv', 'zod', 'valibot'],
	ids: ['mindhook', 'ajv', 'zod', 'valibot'],
}[job];

const contenders = await Promise.all(
	names.map(async (name) => ({ name, module: await import(`../contenders/${name}.js`) })),
);

function throwUnless(condition, message) {
	if (!condition) throw new Error(`${job}, ${input}: ${message}`);
}

async function withBody() {
	const listed = inputs.find(({ name }) => name === input);
	const body = file ? readFileSync(file) : listed.make();
	const kind = file ? kindOfFile : listed.kind;
	const { mindhook, 'json-parse': plain } = Object.fromEntries(contenders.map(({ name, module }) => [name, module]));
	const payload = mindhook.check(body);
	throwUnless(payload.kind === kind, `mindhook found ${payload.kind}, not ${kind}`);
	// A warning sends the body through the thorough reading, which is another job than this one.
	throwUnless(
		file || (listed.noted === true) === payload.warnings.length > 0,
		`mindhook has ${payload.warnings.length} warnings`,
	);
	const { signPayload } = await import('mindhook');
	const signature = signPayload(body, SECRET);
	const sum = plain.read(plain.check(body));
	for (const { name, module } of contenders) {
		const read = module.read(await module.check(body, kind));
		throwUnless(read === sum, `${name} read ${read}, JSON.parse ${sum}`);
		const received = await module.webhook(body, signature, SECRET, kind);
		throwUnless(received === sum, `${name} received ${received}, not ${sum}`);
	}
	const run = {
		check: (module) => () => module.check(body, kind),
		webhook: (module) => () => module.webhook(body, signature, SECRET, kind),
		objects: (module) => () => module.objects(body, kind),
	}[job];
	const turns = contenders.map(({ name, module }) => ({ name, run: run(module) }));
	const times = await measure(turns, { ...timing, large: body.length >= 1_000_000 });
	return { bytes: body.length, kind, noted: listed?.noted, warnings: payload.warnings.length, times };
}

async function withIdLists() {
	const lists = idLists(LISTS);
	for (const { name, module } of contenders) {
		const found = module.checkIds(lists[0]);
		throwUnless(String(found) === String(lists[0]), `${name} found ${found}`);
	}
	const turns = contenders.map(({ name, module: { checkIds } }) => ({
		name,
		run: () => {
			let count = 0;
			for (const list of lists) count += checkIds(list).length;
			return count;
		},
	}));
	return { lists: LISTS, ids: LISTS * 3, times: await measure(turns, { ...timing, large: false }) };
}

const titles = Object.fromEntries(contenders.map(({ name, module }) => [name, module.title]));
const result = await (job === 'ids' ? withIdLists() : withBody());
process.stdout.write(JSON.stringify({ ...result, titles }));
