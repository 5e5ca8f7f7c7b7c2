// Numbers, dates and spans of time as people of the chosen language write them.
import { signal } from "@preact/signals";

export type Lang = "vi" | "en";

export const lang = signal<Lang>(document.documentElement.lang === "en" ? "en" : "vi");
/** Every centre of the hotline keeps Vietnam's time; a viewer abroad sees the centres' time too. */
const zone = "Asia/Ho_Chi_Minh";

const locale = () => (lang.value === "vi" ? "vi-VN" : "en-GB");
const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const key = locale() + JSON.stringify(options);
	let f = cache.get(key);
	if (!f) {
		f = new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: "h23", ...options });
		cache.set(key, f);
	}
	return f;
}

export const clock = (ms: number) => formatter({ hour: "2-digit", minute: "2-digit" }).format(ms);
export const clockSeconds = (ms: number) =>
	formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
export const day = (ms: number) => formatter({ day: "2-digit", month: "2-digit", year: "numeric" }).format(ms);
export const dayShort = (ms: number) => formatter({ day: "numeric", month: "numeric" }).format(ms);
export const weekday = (ms: number) => formatter({ weekday: "short" }).format(ms);
export const month = (ms: number) => formatter({ month: "long", year: "numeric" }).format(ms);
export const monthShort = (ms: number) => formatter({ month: "numeric", year: "2-digit" }).format(ms);
export const dayTime = (ms: number) => `${dayShort(ms)} ${clock(ms)}`;
export const longDay = (ms: number) =>
	formatter({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(ms);

/** The hour when it is today, day and hour otherwise. */
export const when = (ms: number, now: number) => (day(ms) === day(now) ? clock(ms) : dayTime(ms));

export function number(v: number, decimals = 0): string {
	return new Intl.NumberFormat(locale(), {
		minimumFractionDigits: 0,
		maximumFractionDigits: decimals,
	}).format(v);
}

/** Cut, never rounded up: 99.999 % with a second down is not 100 %. */
export function percent(share: number, decimals = 2): string {
	const scale = 10 ** decimals;
	const cut = Math.floor(share * 100 * scale + 1e-9) / scale;
	const text = new Intl.NumberFormat(locale(), {
		minimumFractionDigits: cut === 100 ? 0 : decimals,
		maximumFractionDigits: decimals,
	}).format(cut);
	return `${text} %`;
}

const UNITS: [number, string, string, string][] = [
	[86400, "ngày", "d", "d"],
	[3600, "giờ", "h", "h"],
	[60, "phút", "min", "min"],
	[1, "giây", "s", "s"],
];

/** A span in at most two units: "2 giờ 5 phút", "42 s". */
export function span(seconds: number): string {
	let rest = Math.max(0, Math.floor(seconds));
	const parts: string[] = [];
	for (const [size, vi, en] of UNITS) {
		if (rest < size && !(size === 1 && parts.length === 0)) continue;
		if (parts.length === 2) break;
		const n = Math.floor(rest / size);
		rest -= n * size;
		parts.push(`${number(n)} ${lang.value === "vi" ? vi : en}`);
		if (size === 60 && parts.length === 1 && n >= 10) break;
	}
	return parts.join(" ");
}

/** A span in one unit, for narrow places. */
export function spanShort(seconds: number): string {
	const s = Math.max(0, Math.floor(seconds));
	for (const [size, vi, en] of UNITS) {
		if (s >= size) return `${number(Math.floor(s / size))} ${lang.value === "vi" ? vi : en}`;
	}
	return `0 ${lang.value === "vi" ? "giây" : "s"}`;
}

export function bytes(v: number): string {
	const steps = ["B", "KiB", "MiB", "GiB", "TiB"];
	let i = 0;
	while (v >= 1024 && i < steps.length - 1) {
		v /= 1024;
		i++;
	}
	return `${number(v, i ? 1 : 0)} ${steps[i]}`;
}

const hours = new Map<string, Intl.DateTimeFormat>();

/** The hour of the day, 0 to 23, on the clocks of a place. */
export function hourIn(timeZone: string, ms: number): number {
	let f = hours.get(timeZone);
	if (!f) hours.set(timeZone, (f = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" })));
	return Number(f.format(ms)) % 24;
}

/** Midnight in Vietnam (no daylight saving: UTC+7) of the day that `ms` lies in. */
export const dayStart = (ms: number) => Math.floor((ms + 7 * 3600e3) / 86400e3) * 86400e3 - 7 * 3600e3;

/** First moment of the month that lies `back` months before that of `ms`, in Vietnam's time. */
export function monthStart(ms: number, back = 0): number {
	const d = new Date(ms + 7 * 3600e3);
	return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() - back, 1) - 7 * 3600e3;
}

/** "2026-11" of the month that `ms` lies in. */
export function monthName(ms: number): string {
	return new Date(ms + 7 * 3600e3).toISOString().slice(0, 7);
}

/** "2026-11-22T01:00" of Vietnam's clock, for an input, and back. */
export const toLocal = (ms: number) => new Date(ms + 7 * 3600e3).toISOString().slice(0, 16);
export const fromLocal = (text: string) => Date.parse(`${text}:00+07:00`);
