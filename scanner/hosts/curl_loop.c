/* curl_loop.c - see curl_loop.h. */
#include "scanner/hosts/curl_loop.h"

#include <curl/curl.h>
#include <stdlib.h>

struct curl_loop {
	CURLM *multi;
	uv_loop_t *loop;
	uv_timer_t timer;
	curl_loop_finished *finished;
	void *user;
	curl_loop_pulse *pulse;
	void *pulse_user;
};

struct curl_socket {
	uv_poll_t poll;
	curl_socket_t fd;
	struct curl_loop *owner;
};

static void socket_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	struct curl_socket *s = poll->data;
	int running, flags = 0;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	struct curl_loop *c = s->owner; /* s may be gone after the call */
	curl_multi_socket_action(c->multi, s->fd, flags, &running);
	if (c->pulse != NULL)
		c->pulse(c->pulse_user);
}

/* Stopped and closed at once: libcurl closes the descriptor right after this and may reuse it. */
static void socket_drop(struct curl_loop *c, curl_socket_t fd, struct curl_socket *s)
{
	if (s == NULL)
		return;
	curl_multi_assign(c->multi, fd, NULL);
	uv_poll_stop(&s->poll);
	uv_close((uv_handle_t *)&s->poll, socket_closed);
}

static struct curl_socket *socket_new(struct curl_loop *c, curl_socket_t fd)
{
	struct curl_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->owner = c;
	if (uv_poll_init_socket(c->loop, &s->poll, fd) != 0) {
		free(s);
		return NULL;
	}
	s->poll.data = s;
	curl_multi_assign(c->multi, fd, s);
	return s;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
	struct curl_loop *c = user;
	struct curl_socket *s = assigned;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		socket_drop(c, fd, s);
		return 0;
	}
	if (s == NULL && (s = socket_new(c, fd)) == NULL)
		return -1;
	uv_poll_start(&s->poll,
		      ((what & CURL_POLL_IN) ? UV_READABLE : 0) |
			      ((what & CURL_POLL_OUT) ? UV_WRITABLE : 0),
		      socket_ready);
	return 0;
}

static void timer_due(uv_timer_t *timer)
{
	struct curl_loop *c = timer->data;
	int running;

	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *user)
{
	struct curl_loop *c = user;

	(void)multi;
	if (timeout_ms < 0)
		uv_timer_stop(&c->timer);
	else /* 0 becomes 1: libcurl must not be called from inside its own callback */
		uv_timer_start(&c->timer, timer_due, timeout_ms > 0 ? (uint64_t)timeout_ms : 1, 0);
	return 0;
}

struct curl_loop *curl_loop_new(uv_loop_t *loop, curl_loop_finished *finished, void *user,
				curl_loop_pulse *pulse, void *pulse_user)
{
	struct curl_loop *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->multi = curl_multi_init();
	if (c->multi == NULL) {
		free(c);
		return NULL;
	}
	c->loop = loop;
	c->finished = finished;
	c->user = user;
	c->pulse = pulse;
	c->pulse_user = pulse_user;
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return c;
}

void curl_loop_free(struct curl_loop *c)
{
	if (c == NULL)
		return;
	curl_multi_cleanup(c->multi);
	uv_timer_stop(&c->timer);
	uv_close((uv_handle_t *)&c->timer, timer_closed);
}

int curl_loop_add(struct curl_loop *c, void *easy)
{
	return curl_multi_add_handle(c->multi, easy) == CURLM_OK ? 0 : -1;
}

void curl_loop_remove(struct curl_loop *c, void *easy)
{
	curl_multi_remove_handle(c->multi, easy);
}

void curl_loop_turn(struct curl_loop *c)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURL *easy = msg->easy_handle;
		int result = (int)msg->data.result; /* msg dies with the removal */
		curl_multi_remove_handle(c->multi, easy);
		c->finished(easy, result, c->user);
	}
}

const char *curl_loop_system_bundle(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return v->age >= CURLVERSION_SEVENTH ? v->cainfo : NULL;
}
