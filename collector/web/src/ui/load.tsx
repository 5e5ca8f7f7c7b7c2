// Data of a page: the old answer stays on screen with its age while a new one is fetched.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, Problem, type Query } from "../lib/api";
import { t } from "../lib/i18n";
import { blind, listen, type Happening } from "../lib/live";

interface Loaded<T> {
	data: T | null;
	error: Problem | null;
	at: number;
	again: () => void;
}

/** Fetch `f`, again when `key` changes, when `when` says an event matters, and every `everyMs`. */
export function useLoad<T>(
	key: string,
	f: () => Promise<T>,
	when?: (h: Happening) => boolean,
	everyMs = 0,
): Loaded<T> {
	const [state, set] = useState<{ key: string; data: T | null; error: Problem | null; at: number }>({
		key,
		data: null,
		error: null,
		at: 0,
	});
	const run = useRef<() => void>(() => {});
	useEffect(() => {
		let alive = true;
		let waiting = 0;
		const again = () => {
			waiting = 0;
			f().then(
				(data) => alive && set({ key, data, error: null, at: Date.now() }),
				(error) => alive && set((s) => ({ ...(s.key === key ? s : { key, data: null, at: 0 }), error })),
			);
		};
		const soon = (ms: number) => {
			if (!waiting) waiting = window.setTimeout(again, ms);
		};
		run.current = again;
		again();
		const stop = listen((h) => {
			if (h.type === "reload") soon(50);
			else if (when?.(h)) soon(300);
		});
		const timer = everyMs ? setInterval(() => blind.value || document.hidden || again(), everyMs) : 0;
		return () => {
			alive = false;
			stop();
			clearTimeout(waiting);
			clearInterval(timer);
		};
	}, [key]);
	const mine = state.key === key ? state : { data: null, error: null, at: 0 };
	return { data: mine.data, error: mine.error, at: mine.at, again: () => run.current() };
}

export function useGet<T>(
	path: string,
	query: Query = {},
	when?: (h: Happening) => boolean,
	everyMs = 0,
): Loaded<T> {
	return useLoad<T>(path + JSON.stringify(query), () => get<T>(path, query), when, everyMs);
}

export function ErrorNote({ error }: { error: Problem | null }) {
	if (!error) return null;
	return (
		<p class="error" role="alert">
			{error.status === 404 ? t("error.gone") : error.message}
		</p>
	);
}
