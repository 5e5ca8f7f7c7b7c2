/* libcurl brings some twenty libraries of its own, which cost an agent that checks no web page half a
 * MiB. A program that links this folder before libcurl, with --as-needed, loads libcurl at the first
 * call of any of these functions instead of at its start. They behave as the real ones; where libcurl
 * is not installed the first call says so and ends the program: such an installation is broken.
 *
 * A function that is missing here is found by the linker in libcurl itself, as ever. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

static void *function(const char *name)
{
	static void *library;

	if (library == NULL)
		library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	void *f = library != NULL ? dlsym(library, name) : NULL;
	if (f == NULL) {
		(void)fprintf(stderr, "<2>libcurl.so.4 cannot be used: %s\n", dlerror());
		abort();
	}
	return f;
}

/* FORWARD(result, name, (parameters), (arguments)) */
#define FORWARD(result, name, parameters, arguments)                                               \
	result name parameters                                                                     \
	{                                                                                          \
		static result(*f) parameters;                                                      \
		if (f == NULL)                                                                     \
			*(void **)&f = function(#name);                                            \
		return f arguments;                                                                \
	}
#define FORWARD_VOID(name, parameters, arguments)                                                  \
	void name parameters                                                                       \
	{                                                                                          \
		static void(*f) parameters;                                                        \
		if (f == NULL)                                                                     \
			*(void **)&f = function(#name);                                            \
		f arguments;                                                                       \
	}

FORWARD(CURL *, curl_easy_init, (void), ())
FORWARD_VOID(curl_easy_cleanup, (CURL * e), (e))
FORWARD(char *, curl_easy_escape, (CURL * e, const char *s, int n), (e, s, n))
FORWARD(char *, curl_easy_unescape, (CURL * e, const char *s, int n, int *out), (e, s, n, out))
FORWARD(const char *, curl_easy_strerror, (CURLcode c), (c))
FORWARD_VOID(curl_free, (void *p), (p))
FORWARD(curl_mime *, curl_mime_init, (CURL * e), (e))
FORWARD_VOID(curl_mime_free, (curl_mime * m), (m))
FORWARD(curl_mimepart *, curl_mime_addpart, (curl_mime * m), (m))
FORWARD(CURLcode, curl_mime_data, (curl_mimepart * p, const char *d, size_t n), (p, d, n))
FORWARD(CURLcode, curl_mime_encoder, (curl_mimepart * p, const char *s), (p, s))
FORWARD(CURLcode, curl_mime_subparts, (curl_mimepart * p, curl_mime *m), (p, m))
FORWARD(CURLcode, curl_mime_type, (curl_mimepart * p, const char *s), (p, s))
FORWARD(CURLM *, curl_multi_init, (void), ())
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * m), (m))
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * m, CURL *e), (m, e))
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * m, CURL *e), (m, e))
FORWARD(CURLMcode, curl_multi_assign, (CURLM * m, curl_socket_t s, void *p), (m, s, p))
FORWARD(CURLMsg *, curl_multi_info_read, (CURLM * m, int *n), (m, n))
FORWARD(CURLMcode, curl_multi_socket_action, (CURLM * m, curl_socket_t s, int ev, int *n),
	(m, s, ev, n))
FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist * l, const char *s), (l, s))
FORWARD_VOID(curl_slist_free_all, (struct curl_slist * l), (l))
FORWARD(CURLU *, curl_url, (void), ())
FORWARD_VOID(curl_url_cleanup, (CURLU * u), (u))
FORWARD(CURLUcode, curl_url_get, (CURLU * u, CURLUPart w, char **p, unsigned f_), (u, w, p, f_))
FORWARD(CURLUcode, curl_url_set, (CURLU * u, CURLUPart w, const char *p, unsigned f_),
	(u, w, p, f_))

/* The option's number says what follows: a long, a pointer, or an offset. */
CURLcode curl_easy_setopt(CURL *e, CURLoption option, ...)
{
	static CURLcode (*f)(CURL *, CURLoption, ...);
	va_list args;
	CURLcode r;

	if (f == NULL)
		*(void **)&f = function("curl_easy_setopt");
	va_start(args, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		r = f(e, option, va_arg(args, long));
	else if (option < CURLOPTTYPE_OFF_T || option >= CURLOPTTYPE_BLOB)
		r = f(e, option, va_arg(args, void *));
	else
		r = f(e, option, va_arg(args, curl_off_t));
	va_end(args);
	return r;
}

CURLMcode curl_multi_setopt(CURLM *m, CURLMoption option, ...)
{
	static CURLMcode (*f)(CURLM *, CURLMoption, ...);
	va_list args;
	CURLMcode r;

	if (f == NULL)
		*(void **)&f = function("curl_multi_setopt");
	va_start(args, option);
	if ((int)option < CURLOPTTYPE_OBJECTPOINT)
		r = f(m, option, va_arg(args, long));
	else
		r = f(m, option, va_arg(args, void *));
	va_end(args);
	return r;
}

CURLcode curl_easy_getinfo(CURL *e, CURLINFO info, ...)
{
	static CURLcode (*f)(CURL *, CURLINFO, ...);
	va_list args;

	if (f == NULL)
		*(void **)&f = function("curl_easy_getinfo");
	va_start(args, info);
	CURLcode r = f(e, info, va_arg(args, void *));
	va_end(args);
	return r;
}
