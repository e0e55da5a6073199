// What a container runtime executes. It hands a CNI call over to the agent (../protocol.ts), which is warm, and copies
// the answer. Wherever that cannot be done it becomes the host, which does the whole call by itself: nothing ever
// depends on the agent.
//
//   <home>/bin/entry   this program, which is found by a link       <home>   a release, named by its content
//   <home>/bin/host    the host
//
// Statically linked C, since it is a process for each call: it starts in half a millisecond. Its buffers are static, and
// cost nothing until they are written to.

#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
  VERSION = 1, // of the protocol
  HEADER = 20,
  FRAME_HEADER = 5,
  MAX_TEXTS = 1 << 20,  // release, key, name and environment together
  MAX_STDIN = 8 << 20,  // as cni/stdin.ts has it
  MAX_FRAME = 16 << 20, // and of all that is for standard output
  CONNECT_S = 1,        // for a backlog that is full
  TAKE_MS = 2000,       // until the agent has taken the call
  CALL_MS = 90000,      // until the call is over
};

static char key[33]; // names the call, if the host has to run it once more

// One byte more than standard input may have, so that the host can tell that it is too long.
static uint8_t request[HEADER + MAX_TEXTS + MAX_STDIN + 1];
static size_t request_length = HEADER;
static struct input input;

static uint8_t reply[FRAME_HEADER + MAX_FRAME]; // not yet understood
static size_t reply_length;
static uint8_t output[MAX_FRAME];
static size_t output_length;
static int status;
static bool taken;

static void put_number(uint8_t *at, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool make_key(void) {
  uint8_t random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) return false;
  for (int i = 0; i < 16; i++) sprintf(key + 2 * i, "%02x", random[i]);
  return true;
}

static bool append(const void *bytes, size_t length) {
  if (length > HEADER + MAX_TEXTS - request_length) return false;
  memcpy(request + request_length, bytes, length);
  request_length += length;
  return true;
}

static bool append_text(const char *text) {
  uint8_t length[4];
  put_number(length, strlen(text), 4);
  return append(length, 4) && append(text, strlen(text));
}

// CNIDARIA_CALL, if it is there, names another call.
static bool append_environment(void) {
  size_t start = request_length;
  bool fits = append("\0\0\0\0", 4);
  for (char **each = environ; fits && *each != NULL; each++) {
    if (strncmp(*each, "CNI", 3) != 0 || strncmp(*each, "CNIDARIA_CALL=", 14) == 0) continue;
    if (request_length > start + 4) fits = append("", 1);
    fits = fits && append(*each, strlen(*each));
  }
  put_number(request + start, request_length - start - 4, 4);
  return fits;
}

// Reads standard input into the request. What can't be read, or is too long, is the host's to complain of.
static bool read_input(void) {
  uint8_t *start = request + request_length;
  while (input.length <= MAX_STDIN) {
    ssize_t count = read(0, start + input.length, MAX_STDIN + 1 - input.length);
    if (count >= 0) input.bytes = start;
    if (count == 0) return true;
    if (count > 0) input.length += (size_t)count;
    else if (errno == EAGAIN) poll(&(struct pollfd){0, POLLIN, 0}, 1, -1);
    else if (errno != EINTR) return false;
  }
  return false;
}

static bool make_request(void) {
  if (!append_text(release) || !append_text(key) || !append_text(called_as()) || !append_environment()) return false;
  if (!append("\0\0\0\0", 4)) return false;
  if (!read_input()) return false;
  put_number(input.bytes - 4, input.length, 4);
  request_length += input.length;
  memcpy(request, "CNID", 4);
  put_number(request + 4, VERSION, 4);
  put_number(request + 8, (uint64_t)now_ns(), 8);
  put_number(request + 16, request_length - HEADER, 4);
  return true;
}

// A socket on which the agent listens; -1 where there is none. Whoever listens must be root, or the caller: it gets to
// know the configuration, and says what the pod's addresses are.
static int connect_agent(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("CNIDARIA_SOCKET");
  if (path == NULL || *path == 0) path = "/run/cnidaria/agent.sock";
  if (strlen(path) >= sizeof address.sun_path) return say("the agent's socket has too long a path: ", path), -1;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  struct timeval limit = {.tv_sec = CONNECT_S};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    bool absent = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN;
    if (!absent) say("the agent cannot be reached: ", strerror(errno));
  } else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || (peer.uid != 0 && peer.uid != geteuid())) {
    say("the agent is neither root's nor the caller's, and is not asked: ", path);
  } else {
    return fd;
  }
  close(fd);
  return -1;
}

enum end { NOT_YET, OVER, DECLINED, GARBAGE, CLOSED, LATE };

static enum end read_frame(uint8_t kind, const uint8_t *payload, size_t length) {
  switch (kind) {
    case 'T': return taken = true, length == 0 ? NOT_YET : GARBAGE;
    case 'E': return write_all(2, payload, length), NOT_YET;
    case 'D': return DECLINED;
    case 'X': return length == 1 ? status = payload[0], OVER : GARBAGE;
    case 'O':
      if (length > sizeof output - output_length) return GARBAGE;
      memcpy(output + output_length, payload, length);
      output_length += length;
      return NOT_YET;
    default: return GARBAGE;
  }
}

static enum end read_frames(void) {
  size_t at = 0;
  enum end end = NOT_YET;
  while (end == NOT_YET && reply_length - at >= FRAME_HEADER) {
    const uint8_t *frame = reply + at;
    size_t length = frame[1] | (size_t)frame[2] << 8 | (size_t)frame[3] << 16 | (size_t)frame[4] << 24;
    if (length > MAX_FRAME || strchr("TEODX", frame[0]) == NULL || frame[0] == 0) return GARBAGE;
    if (reply_length - at - FRAME_HEADER < length) break;
    end = read_frame(frame[0], frame + FRAME_HEADER, length);
    at += FRAME_HEADER + length;
  }
  memmove(reply, reply + at, reply_length - at);
  reply_length -= at;
  return end;
}

static int64_t milliseconds(const char *variable, int64_t usual) {
  const char *text = getenv(variable);
  long value = text == NULL ? 0 : strtol(text, NULL, 10);
  return (value > 0 ? value : usual) * 1000000;
}

// Sends the request and reads the answer. Once nobody waits for the result of an ADD (`*gone`), the agent sees the end of
// the request's direction and undoes it. It is listened to all the same: it may have been done just before.
static enum end talk(int fd, bool adding, bool *gone) {
  size_t sent = 0;
  int64_t start = now_ns(), take = milliseconds("CNIDARIA_AGENT_TAKE_MS", TAKE_MS);
  int64_t call = milliseconds("CNIDARIA_AGENT_CALL_MS", CALL_MS);
  for (;;) {
    int64_t left = start + (taken ? call : take) - now_ns();
    if (left <= 0) return LATE;
    struct pollfd watched[2] = {{fd, POLLIN, 0}, {adding && !*gone ? 1 : -1, 0, 0}};
    if (sent < request_length) watched[0].events |= POLLOUT;
    if (poll(watched, 2, (int)(left / 1000000) + 1) < 0) continue;
    if (watched[1].revents & (POLLERR | POLLHUP)) {
      *gone = true;
      shutdown(fd, SHUT_WR);
      sent = request_length;
    } else if ((watched[0].revents & POLLOUT) && sent < request_length) {
      ssize_t count = send(fd, request + sent, request_length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) sent += (size_t)count;
      // It does not want the rest, and may have said why.
      else if (errno != EAGAIN && errno != EINTR) sent = request_length;
    }
    if ((watched[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    ssize_t count = recv(fd, reply + reply_length, sizeof reply - reply_length, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) return CLOSED;
    reply_length += (size_t)count;
    enum end end = read_frames();
    if (end != NOT_YET) return end;
  }
}

int main(int argc, char **argv) {
  (void)argc;
  // A descriptor 0 to 2 that is closed would be taken by the socket. Writing to this one fails, as it should.
  int null;
  while ((null = open("/dev/null", O_RDONLY)) >= 0 && null <= 2) {}
  if (null > 2) close(null);
  find_host(argv);

  const char *command = getenv("CNI_COMMAND"), *wanted = getenv("CNIDARIA_AGENT");
  if (command == NULL) become_command_line();
  // A terminal: a person asks for VERSION.
  if ((wanted != NULL && strcmp(wanted, "off") == 0) || isatty(0)) become_host(input, NULL);
  if (!make_key() || !make_request()) become_host(input, NULL);
  int fd = connect_agent();
  if (fd < 0) become_host(input, NULL);

  signal(SIGPIPE, SIG_IGN);
  bool adding = strcmp(command, "ADD") == 0, gone = false;
  enum end end = talk(fd, adding, &gone);
  if (end == OVER) {
    bool written = !gone && write_all(1, output, output_length);
    if (!written && adding && status == 0) take_back(input);
    return written ? status : 1;
  }
  // First: with its connection gone the agent undoes what it had begun, and the host waits for that.
  close(fd);
  if (gone) return 1;
  if (end == GARBAGE) say("the agent's answer makes no sense: the host does the call by itself", "");
  if (end == LATE) say("the agent has not answered in time: the host does the call by itself", "");
  if (end == CLOSED && taken) say("the agent ended in the middle of the call: the host does it by itself", "");
  become_host(input, key);
}
