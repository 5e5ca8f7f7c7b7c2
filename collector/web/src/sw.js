// The service worker keeps the page's own files so that it opens on a bad link. It never keeps an
// answer of the API: state from yesterday must not look like now. Without the collector the page
// opens from here and says that it is blind.
const CACHE = "lw-%VERSION%";
const FILES = ["%FILES%"];

self.addEventListener("install", (e) => {
	e.waitUntil(
		caches
			.open(CACHE)
			.then((c) => c.addAll(["/", ...FILES]))
			.then(() => self.skipWaiting()),
	);
});

self.addEventListener("activate", (e) => {
	e.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter((n) => n !== CACHE).map((n) => caches.delete(n))))
			.then(() => self.clients.claim()),
	);
});

async function page(request) {
	try {
		const answer = await fetch(request);
		if (answer.ok || answer.status === 401 || answer.status === 403) return answer;
	} catch (_) {
		// no network: the page itself says so
	}
	return (await caches.match("/")) || Response.error();
}

self.addEventListener("fetch", (e) => {
	const url = new URL(e.request.url);
	if (e.request.method !== "GET" || url.origin !== location.origin) return;
	if (/^\/(api|metrics|healthz|readyz)(\/|$)/.test(url.pathname)) return;
	if (e.request.mode === "navigate") e.respondWith(page(e.request));
	else if (FILES.includes(url.pathname))
		e.respondWith(caches.match(e.request).then((hit) => hit || fetch(e.request)));
});
