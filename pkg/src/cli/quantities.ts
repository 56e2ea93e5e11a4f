/** Numbers, sizes, times and lengths of time, as people write and read them. */
import { type Arguments, UsageError } from './command.js';

/**
 * The value of an option.
 *
 * @param parse gives `undefined` for a text that is no such value
 * @param expected what to write instead, as in `a size such as 10GB`
 * @throws UsageError when it is no such value
 */
export function optionAs<Value>(
	args: Arguments,
	option: string,
	parse: (text: string) => Value | undefined,
	expected: string,
): Value | undefined {
	const text = args.value(option);
	return text === undefined ? undefined : parsed(option, text, parse, expected);
}

/** The same for an option that may be repeated. */
export function optionsAs<Value>(
	args: Arguments,
	option: string,
	parse: (text: string) => Value | undefined,
	expected: string,
): Value[] {
	return args.values(option).map((text) => parsed(option, text, parse, expected));
}

function parsed<Value>(
	option: string,
	text: string,
	parse: (text: string) => Value | undefined,
	expected: string,
): Value {
	const value = parse(text);
	if (value === undefined) throw new UsageError(`--${option} takes ${expected}, not ${text || 'an empty text'}.`);
	return value;
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number | undefined {
	return (text) => {
		const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
		return number >= least && number <= most ? number : undefined;
	};
}

/** One of some words. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word | undefined {
	return (text) => words.find((word) => word === text);
}

const milliseconds = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
export const lengthExpected = 'a length of time such as 90s, 15m, 2h or 30d';

/** Milliseconds of `90s`, `15m`, `2h`, `30d`, `4w`. */
export function lengthOfTime(text: string): number | undefined {
	const [, number, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
	return unit === undefined ? undefined : Number(number) * milliseconds[unit as keyof typeof milliseconds];
}

export const momentExpected =
	'a date such as 2026-11-23 or 2026-11-23T10:30 (UTC unless it says otherwise), or how long ago: 2h';

/** A date, or how long ago. A time without a zone is UTC, as everywhere on the platform. */
export function moment(text: string): Date | undefined {
	const ago = lengthOfTime(text);
	if (ago !== undefined) return new Date(Date.now() - ago);
	const [, day, time, zone = 'Z'] =
		/^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? [];
	const date = new Date(`${day}T${time ?? '00:00'}${zone}`);
	return Number.isNaN(date.getTime()) ? undefined : date;
}

const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 };
export const sizeExpected = 'a size such as 500MB, 10GB or 1GiB';

/** Bytes of `4096`, `500kB`, `10GB`, `1.5GiB`; a kB has 1000 of them, a KiB 1024. */
export function size(text: string): number | undefined {
	const [, number, power = '', binary] = /^(\d{1,15}(?:\.\d{1,3})?) ?(?:([kmgt])(i)?)?b?$/i.exec(text) ?? [];
	if (number === undefined) return undefined;
	return Math.round(Number(number) * (binary ? 1024 : 1000) ** (powers[power.toLowerCase()] as number));
}

/** `9.1 kB`. */
export function sizeText(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (value >= 999.5 && unit < 4) {
		value /= 1000;
		unit++;
	}
	return `${unit === 0 ? value : value < 9.95 ? value.toFixed(1) : Math.round(value)} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`;
}

/** `35 ms`, `4 s`, `3 min`, `2 h`, `5 days`: how long, roughly. */
export function lengthText(ms: number): string {
	const steps = [
		[milliseconds.d * 2, milliseconds.d, 'days'],
		[milliseconds.h * 2, milliseconds.h, 'h'],
		[milliseconds.m * 2, milliseconds.m, 'min'],
		[1_000, 1_000, 's'],
	] as const;
	const [, by, unit] = steps.find(([from]) => ms >= from) ?? [0, 1, 'ms'];
	return `${Math.max(0, Math.round(ms / by))} ${unit}`;
}

/** `2026-11-23 10:11:12Z`. */
export const momentText = (date: Date): string => date.toISOString().replace('T', ' ').replace(/\.\d+/, '');

/** `1 delivery`, `12 deliveries`. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
	`${number} ${number === 1 ? one : many}`;
