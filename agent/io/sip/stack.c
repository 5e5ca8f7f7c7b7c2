/* stack.c - a struct sip with one transport.
 *
 * Happy path: find our address on the way to the peer, bind a port there, exchange, retire; libre
 * tells when the last transaction is through, and a timer of 0 ms frees what must not be freed from
 * inside libre's call. Failure path: an address without a route fails the open. */
#include "agent/io/sip/stack.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

static _Thread_local struct sip_stack *stacks;

/* Which of our addresses does the kernel take to get there? */
static int local_address(struct sa *ret, const struct sockaddr_storage *to)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof own;
	int err = 0;
	int fd = socket(to->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	if (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		err = errno;
	(void)close(fd);
	if (err == 0)
		err = sa_set_sa(ret, (const struct sockaddr *)&own);
	sa_set_port(ret, 0);
	return err;
}

/* In place of OpenSSL's own verification: note the certificate, then judge by the job's rules. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
	struct sip_stack *s = arg;
	struct sip_job *job = s->job;
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
	int days, seconds;

	if (job == NULL)
		return 0;
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	if (leaf != NULL && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(leaf)) == 1) {
		job->has_certificate = true;
		job->certificate_days = seconds < 0 ? days - 1 : days;
	}
	if (!job->verify)
		return 1;
	if (X509_VERIFY_PARAM_set1_ip_asc(param, job->server_name) != 1)
		(void)X509_VERIFY_PARAM_set1_host(param, job->server_name, 0);
	if (X509_verify_cert(store) == 1)
		return 1;
	(void)re_snprintf(job->trouble, sizeof job->trouble, "certificate not trusted: %s",
			  X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
	return 0;
}

static int make_tls(struct tls **ret, struct sip_stack *s)
{
	struct tls *tls = NULL;
	int err = tls_alloc(&tls, TLS_METHOD_SSLV23, NULL, NULL);
	if (err != 0)
		return err;

	SSL_CTX *context = tls_openssl_context(tls);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, on_certificate, s);
	if (s->job->ca[0] != '\0')
		err = SSL_CTX_load_verify_file(context, s->job->ca) == 1 ? 0 : ENOENT;
	else
		(void)SSL_CTX_set_default_verify_paths(context);
	if (err != 0)
		mem_deref(tls);
	else
		*ret = tls;
	return err;
}

static int add_transport(struct sip_stack *s, enum sip_way way)
{
	static const enum sip_transp transports[] = {
		[SIP_WAY_UDP] = SIP_TRANSP_UDP,
		[SIP_WAY_TCP] = SIP_TRANSP_TCP,
		[SIP_WAY_TLS] = SIP_TRANSP_TLS,
	};
	struct tls *tls = NULL;
	int err = way == SIP_WAY_TLS ? make_tls(&tls, s) : 0;

	if (err == 0)
		err = sip_transp_add(s->sip, transports[way], &s->local, tls);
	mem_deref(tls);
	return err;
}

/* Nobody has business to ask us anything. */
static bool on_request(const struct sip_msg *msg, void *arg)
{
	struct sip_stack *s = arg;

	if (pl_strcmp(&msg->met, "ACK") != 0)
		(void)sip_reply(s->sip, msg, 501, "Not Implemented");
	return true;
}

static bool on_stray_answer(const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return true; /* late or twice */
}

static void free_stack(struct sip_stack *s)
{
	struct sip_stack **p = &stacks;

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	tmr_cancel(&s->reap);
	s->requests = mem_deref(s->requests);
	s->answers = mem_deref(s->answers);
	s->sip = mem_deref(s->sip);
	free(s);
}

static void on_reap(void *arg)
{
	free_stack(arg);
}

static void on_through(void *arg)
{
	struct sip_stack *s = arg;

	tmr_start(&s->reap, 0, on_reap, s);
}

int sip_stack_open(struct sip_stack **ret, struct sip_job *job)
{
	struct sip_stack *s = calloc(1, sizeof *s);
	if (s == NULL)
		return ENOMEM;

	s->job = job;
	tmr_init(&s->reap);
	s->next = stacks;
	stacks = s;
	int err = local_address(&s->local, &job->to);
	if (err == 0)
		err = sa_set_sa(&s->remote, (const struct sockaddr *)&job->to);
	if (err == 0)
		err = sip_alloc(&s->sip, NULL, 8, 8, 8, "linewatch/" LW_VERSION, on_through, s);
	if (err == 0)
		err = add_transport(s, job->way);
	if (err == 0)
		err = sip_listen(&s->answers, s->sip, false, on_stray_answer, s);
	if (err != 0)
		free_stack(s);
	else
		*ret = s;
	return err;
}

int sip_stack_listen(struct sip_stack *s)
{
	return sip_listen(&s->requests, s->sip, true, on_request, s);
}

int sip_stack_route(const struct sip_stack *s, enum sip_way way, char *buf, size_t size)
{
	static const char *const suffix[] = {
		[SIP_WAY_UDP] = "",
		[SIP_WAY_TCP] = ";transport=tcp",
		[SIP_WAY_TLS] = ";transport=tls",
	};

	return re_snprintf(buf, size, "sip:%J%s", &s->remote, suffix[way]) < 0 ? EOVERFLOW : 0;
}

void sip_stack_sign(const struct sip_stack *s, struct sip_job *job)
{
	bool ipv6 = sa_af(&s->local) == AF_INET6;

	if (job->from[0] == '\0')
		(void)re_snprintf(job->from, sizeof job->from,
				  ipv6 ? "sip:linewatch@[%j]" : "sip:linewatch@%j", &s->local);
}

void sip_stack_retire(struct sip_stack *s)
{
	if (s->retired)
		return;
	s->retired = true;
	s->job = NULL;
	sip_close(s->sip, false);
}

unsigned sip_stack_count(void)
{
	unsigned n = 0;

	for (const struct sip_stack *s = stacks; s != NULL; s = s->next)
		n++;
	return n;
}

void sip_stack_drop_all(void)
{
	while (stacks != NULL) {
		if (stacks->sip != NULL && stacks->retired)
			sip_close(stacks->sip, true);
		free_stack(stacks);
	}
}
