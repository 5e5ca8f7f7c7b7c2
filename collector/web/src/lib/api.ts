// The only way to the collector: JSON over fetch, problems as exceptions, the CSRF token kept here.
import { signal } from "@preact/signals";
import { lang } from "./format";
import { t } from "./i18n";
import type { Session } from "./types";

export const session = signal<Session | null>(null);
/** Whoever this page belonged to is no longer signed in; the frame asks for the name again. */
export const signedOut = signal(false);

export class Problem extends Error {
	constructor(
		readonly status: number,
		readonly title: string,
		detail: string,
	) {
		super(detail);
	}
}

export const api = "/api/v1";
/** The longest page of a list that the collector gives. */
export const PAGE = 2000;
/** An id with its slash left in, everything else encoded. */
export const idPath = (id: string) => id.split("/").map(encodeURIComponent).join("/");

async function problemOf(r: Response): Promise<Problem> {
	try {
		const p = await r.json();
		const text = p.text?.[lang.value] ?? p.detail ?? r.statusText;
		return new Problem(r.status, p.title ?? r.statusText, text);
	} catch {
		return new Problem(r.status, r.statusText, t("error.answer", { status: r.status }));
	}
}

function headersOf(method: string, body: unknown): Record<string, string> {
	const h: Record<string, string> = { Accept: "application/json", "Accept-Language": lang.value };
	if (method !== "GET" && session.value?.csrf) h["X-CSRF-Token"] = session.value.csrf;
	if (body !== undefined) h["Content-Type"] = "application/json";
	return h;
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), 15000);
	try {
		const r = await fetch(api + path, {
			method,
			headers: headersOf(method, body),
			body: body === undefined ? undefined : JSON.stringify(body),
			credentials: "same-origin",
			signal: stop.signal,
		});
		if (r.status === 401 && path !== "/session") signedOut.value = true;
		if (!r.ok) throw await problemOf(r);
		return r;
	} catch (e) {
		if (e instanceof Problem) throw e;
		throw new Problem(0, t("error.offline.title"), t("error.offline"));
	} finally {
		clearTimeout(timer);
	}
}

export type Query = Record<string, string | number | null | undefined>;

function withQuery(path: string, query: Query): string {
	const q = new URLSearchParams();
	for (const [name, value] of Object.entries(query))
		if (value !== null && value !== undefined && value !== "") q.set(name, String(value));
	const text = q.toString();
	return path + (text ? `?${text}` : "");
}

export async function get<T>(path: string, query: Query = {}): Promise<T> {
	return (await send("GET", withQuery(path, query))).json();
}

export async function getText(path: string, query: Query = {}): Promise<string> {
	return (await send("GET", withQuery(path, query))).text();
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
	const r = await send("POST", path, body);
	return r.status === 204 ? (undefined as T) : r.json();
}

export async function remove(path: string): Promise<void> {
	await send("DELETE", path);
}

export async function loadSession(): Promise<Session> {
	session.value = await get<Session>("/session");
	return session.value;
}

const RANK = { watcher: 0, auditor: 0, technician: 1, admin: 2 };

/** May this person acknowledge, note, shelve, plan? (The collector decides; this hides buttons.) */
export function mayAct(): boolean {
	const role = session.value?.role;
	return !!role && RANK[role] >= 1;
}
