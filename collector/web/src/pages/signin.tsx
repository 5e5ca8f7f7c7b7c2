// Signing in: a name and a password, or a kiosk's token once.
import { useState } from "preact/hooks";
import { post, Problem, session } from "../lib/api";
import { t } from "../lib/i18n";
import { resumeLive } from "../lib/live";
import { go, query } from "../lib/router";
import type { Session } from "../lib/types";

export default function SignIn() {
	const [user, setUser] = useState("");
	const [password, setPassword] = useState("");
	const [token, setToken] = useState("");
	const [kiosk, setKiosk] = useState(false);
	const [error, setError] = useState("");
	const send = (e: Event) => {
		e.preventDefault();
		setError("");
		post<Session>("/session", kiosk ? { token: token.trim() } : { user: user.trim(), password }).then(
			async (s) => {
				session.value = s;
				await resumeLive();
				const to = query.value.get("to") ?? "/";
				go(/^\/(?!\/)/.test(to) ? to : "/", true);
			},
			(p) => setError(p instanceof Problem ? p.message : String(p)),
		);
	};
	return (
		<main class="page narrow" id="main">
			<h1>{t("signin.title")}</h1>
			<form class="form" onSubmit={send}>
				{kiosk ? (
					<label class="field">
						<span>{t("signin.token")}</span>
						<input class="input" required autocomplete="off" value={token} onInput={(e) => setToken(e.currentTarget.value)} />
					</label>
				) : (
					<>
						<label class="field">
							<span>{t("signin.user")}</span>
							<input class="input" required autofocus autocomplete="username" value={user} onInput={(e) => setUser(e.currentTarget.value)} />
						</label>
						<label class="field">
							<span>{t("signin.password")}</span>
							<input
								class="input"
								type="password"
								required
								autocomplete="current-password"
								value={password}
								onInput={(e) => setPassword(e.currentTarget.value)}
							/>
						</label>
					</>
				)}
				{error && (
					<p class="error" role="alert">
						{error}
					</p>
				)}
				<div class="actions">
					<button class="button main">{t("signin.title")}</button>
					<button type="button" class="button" onClick={() => setKiosk(!kiosk)}>
						{t(kiosk ? "signin.as_person" : "signin.as_kiosk")}
					</button>
				</div>
			</form>
		</main>
	);
}
