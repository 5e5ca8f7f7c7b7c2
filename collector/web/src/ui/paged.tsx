// A list of the API read page by page, as far as somebody scrolls; kept current by events.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Problem, type Query } from "../lib/api";
import { listen, type Happening } from "../lib/live";

interface Paged<T> {
	items: T[];
	error: Problem | null;
	done: boolean;
	more: () => void;
	patch: (f: (list: T[]) => T[]) => void;
}

type Answer<T> = { next: string | null } & Record<string, T[] | string | null>;

export function usePaged<T>(
	path: string,
	member: string,
	query: Query,
	when?: (h: Happening) => boolean,
): Paged<T> {
	const key = path + JSON.stringify(query);
	const [state, set] = useState<{ key: string; items: T[]; next: string | null | undefined; error: Problem | null }>({
		key,
		items: [],
		next: undefined,
		error: null,
	});
	const busy = useRef("");
	const mine = state.key === key ? state : { key, items: [] as T[], next: undefined, error: null };
	const fetchPage = (after: string | null | undefined, before: T[]) => {
		const mark = `${key} ${after ?? ""}`;
		if (busy.current === mark) return;
		busy.current = mark;
		get<Answer<T>>(path, { ...query, limit: 500, after: after ?? undefined }).then(
			(r) => {
				busy.current = "";
				set({ key, items: [...before, ...((r[member] as T[]) ?? [])], next: r.next, error: null });
			},
			(error) => {
				busy.current = "";
				set({ key, items: before, next: null, error });
			},
		);
	};
	useEffect(() => {
		fetchPage(undefined, []);
		let waiting = 0;
		const stop = listen((h) => {
			if (h.type !== "reload" && !when?.(h)) return;
			clearTimeout(waiting);
			waiting = window.setTimeout(() => fetchPage(undefined, []), 300);
		});
		return () => {
			stop();
			clearTimeout(waiting);
		};
	}, [key]);
	return {
		items: mine.items,
		error: mine.error,
		done: mine.next === null,
		more: () => mine.next && fetchPage(mine.next, mine.items),
		patch: (f) => set((s) => ({ ...s, items: f(s.items) })),
	};
}
