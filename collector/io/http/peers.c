/* peers.c - one struct a connection, in a list; a timer looks over it.
 *
 * While a request is being answered the connection is busy and left alone: event streams last for
 * months. Otherwise the time counts since it opened or since its last answer. Cutting is a shutdown
 * of the socket; MHD notices and closes it. */
#include "collector/io/http/peers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/io/deadline.h"

enum { LOOKS = 4, LATER = 4 };

struct peer {
	struct MHD_Connection *conn;
	struct peers *all;
	struct peer *before, *after;
	uint64_t since_ms;
	bool busy, greeted; /* greeted: it has had an answer */
};

struct peers {
	uv_loop_t *loop;
	struct deadline *look;
	uint64_t patience_ms;
	struct peer *first;
	unsigned n;
	uint64_t cut;
};

static void cut_off(struct peers *p, const struct peer *x)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (i != NULL && shutdown(i->connect_fd, SHUT_RDWR) == 0)
		p->cut++;
}

static void look_over(void *arg)
{
	struct peers *p = arg;
	uint64_t now = uv_now(p->loop);

	for (const struct peer *x = p->first; x != NULL; x = x->after)
		if (!x->busy &&
		    now - x->since_ms > p->patience_ms * (x->greeted ? (uint64_t)LATER : 1))
			cut_off(p, x);
	(void)deadline_arm(p->look, p->patience_ms / LOOKS);
}

int peers_open(struct peers **ret, uv_loop_t *loop, uint64_t patience_ms)
{
	struct peers *p = calloc(1, sizeof *p);
	int r;

	if (p == NULL)
		return -ENOMEM;
	p->loop = loop;
	p->patience_ms = patience_ms;
	r = deadline_open(&p->look, loop, look_over, p);
	if (r == 0)
		r = deadline_arm(p->look, patience_ms / LOOKS);
	if (r < 0) {
		peers_close(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void peers_close(struct peers **pp)
{
	if (*pp == NULL)
		return;
	deadline_close(&(*pp)->look);
	free(*pp);
	*pp = NULL;
}

static void *arrived(struct peers *p, struct MHD_Connection *conn)
{
	struct peer *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL; /* it is served all the same, without a watch on it */
	*x = (struct peer){
		.conn = conn, .all = p, .after = p->first, .since_ms = uv_now(p->loop)
	};
	if (p->first != NULL)
		p->first->before = x;
	p->first = x;
	p->n++;
	return x;
}

static void left(struct peers *p, struct peer *x)
{
	if (x->before != NULL)
		x->before->after = x->after;
	else
		p->first = x->after;
	if (x->after != NULL)
		x->after->before = x->before;
	p->n--;
	free(x);
}

void peers_notify(void *cls, struct MHD_Connection *conn, void **context,
		  enum MHD_ConnectionNotificationCode code)
{
	struct peers *p = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = arrived(p, conn);
	else if (*context != NULL)
		left(p, *context);
}

static struct peer *peer_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i != NULL ? i->socket_context : NULL;
}

void peers_busy(struct MHD_Connection *conn)
{
	struct peer *x = peer_of(conn);

	if (x != NULL)
		x->busy = true;
}

void peers_done(struct MHD_Connection *conn)
{
	struct peer *x = peer_of(conn);

	if (x == NULL)
		return;
	x->busy = false;
	x->greeted = true;
	x->since_ms = uv_now(x->all->loop);
}

unsigned peers_count(const struct peers *p)
{
	return p->n;
}

uint64_t peers_cut(const struct peers *p)
{
	return p->cut;
}
