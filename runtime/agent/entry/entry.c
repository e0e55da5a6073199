// What a container runtime executes. It hands a CNI call over to the agent (../protocol.ts), which is warm, and copies
// the answer. Wherever that cannot be done it becomes the host, which does the whole call by itself: nothing ever
// depends on the agent.
//
// It is <home>/bin/entry, found by a link, the host is <home>/bin/host; <home> is a release, named by its content.
// Linked statically, since it is a process for each call; its buffers cost nothing until they are written to.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are sent as they lie in memory");

enum {
  VERSION = 1,          // of the protocol
  HEADER = 20,          // magic, version, time, length of the rest
  MAX_TEXTS = 1 << 20,  // release, key, name and environment together
  MAX_STDIN = 8 << 20,  // as cni/stdin.ts has it
  MAX_FRAME = 16 << 20, // and of all that is for standard output
  CONNECT_S = 1,        // for a backlog that is full
  TAKE_MS = 2000,       // until the agent has taken the call
  CALL_MS = 90000,      // until the call is over
};
enum end { NOT_YET, OVER, DECLINED, GARBAGE, CLOSED, LATE };

static char **arguments;
static const char *name;         // that the program was called by: it chooses the plugin
static void (*pipe_action)(int); // as it was inherited
static char host[PATH_MAX], release[PATH_MAX];
static char key[33]; // names the call, if the host has to run it once more

// One byte more than standard input may have, so that the host can tell that it is too long.
static uint8_t request[HEADER + MAX_TEXTS + MAX_STDIN + 1];
static size_t request_length = HEADER, sent;
static uint8_t *input; // what was read of standard input; NULL before that
static size_t input_length;
static uint8_t payload[MAX_FRAME], output[MAX_FRAME];
static size_t output_length;
static uint8_t status;
static int64_t started_ns;
static bool taken, adding, gone; // gone: nobody waits for the result of an ADD any more

static bool write_all(int fd, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = write(fd, bytes, length);
    if (count < 0 && errno == EAGAIN) poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1);
    else if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes += count, length -= (size_t)count;
  }
  return true;
}

// The protocol's error, as a runtime reads it; code 5 is that of input and output.
static _Noreturn void fail(const char *what, const char *path) {
  for (char *at = host; *at != 0; at++) {
    if ((unsigned char)*at < ' ' || *at == '"' || *at == '\\') *at = '?';
  }
  dprintf(getenv("CNI_COMMAND") == NULL ? 2 : 1,
          "{\"cniVersion\":\"1.0.0\",\"code\":5,\"msg\":\"Cannot %s as %s: %s\",\"details\":\"The release of cnidaria "
          "that this program belongs to is not whole: install it again\"}\n",
          what, strerror(errno), path);
  _exit(1);
}

static void find_host(void) {
  ssize_t length = readlink("/proc/self/exe", host, sizeof host - sizeof "/bin/host");
  if (length < 0) fail("find the host", "/proc/self/exe");
  dirname(dirname(host)); // shortens it in place
  strcpy(release, basename(host));
  strcat(host, "/bin/host");
}

// `begun`: an agent may have begun the call. For a person, who gives no command, everything stays as it is.
static _Noreturn void become_host(bool begun) {
  if (input != NULL) {
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, input, input_length) || lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, 0) < 0) {
      fail("keep the network configuration", "memfd");
    }
  }
  if (getenv("CNI_COMMAND") != NULL) {
    setenv("CNIDARIA_NAME", name, 1);
    if (begun) setenv("CNIDARIA_CALL", key, 1);
    else unsetenv("CNIDARIA_CALL"); // one that is inherited names the call of a plugin which has started this one
  }
  signal(SIGPIPE, pipe_action);
  execv(host, arguments);
  fail("start the host", host);
}

// Removes the attachment that an ADD has made, and that nobody will know of.
static void take_back(void) {
  dprintf(2, "cnidaria: nobody reads the answer: the attachment is removed again\n");
  pid_t child = fork();
  if (child == 0) {
    setenv("CNI_COMMAND", "DEL", 1);
    dup2(2, 1); // for an error
    become_host(false);
  }
  if (child < 0) dprintf(2, "cnidaria: it could not be removed: %s\n", strerror(errno));
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void put_number(size_t at, int64_t value, size_t bytes) {
  memcpy(request + at, &value, bytes);
}

static bool append(const void *bytes, size_t length) {
  if (length > HEADER + MAX_TEXTS - request_length) return false;
  memcpy(request + request_length, bytes, length);
  request_length += length;
  return true;
}

static bool append_text(const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  return append(&length, sizeof length) && append(text, length);
}

// CNIDARIA_CALL, if it is there, names another call.
static bool append_environment(void) {
  size_t start = request_length;
  bool fits = append_text("");
  for (char **each = environ; fits && *each != NULL; each++) {
    if (strncmp(*each, "CNI", 3) != 0 || strncmp(*each, "CNIDARIA_CALL=", 14) == 0) continue;
    fits = append(*each, strlen(*each) + 1);
  }
  if (request_length > start + 4) request_length--; // without the last NUL
  put_number(start, (int64_t)(request_length - start - 4), 4);
  return fits;
}

// Reads standard input into the request. What can't be read, or is too long, is the host's to complain of.
static bool append_input(void) {
  if (!append_text("")) return false;
  uint8_t *start = request + request_length;
  ssize_t count;
  while ((count = read(0, start + input_length, MAX_STDIN + 1 - input_length)) != 0) {
    if (count > 0) input = start, input_length += (size_t)count;
    else if (errno == EAGAIN) poll(&(struct pollfd){0, POLLIN, 0}, 1, -1);
    else if (errno != EINTR) return false;
  }
  input = start;
  put_number(request_length - 4, (int64_t)input_length, 4);
  request_length += input_length;
  return input_length <= MAX_STDIN;
}

static bool make_request(void) {
  unsigned long random[2];
  if (getrandom(random, sizeof random, 0) != sizeof random) return false;
  sprintf(key, "%016lx%016lx", random[0], random[1]);
  if (!append_text(release) || !append_text(key) || !append_text(name)) return false;
  if (!append_environment() || !append_input()) return false;
  memcpy(request, "CNID", 4);
  put_number(4, VERSION, 4);
  put_number(8, now_ns(), 8);
  put_number(16, (int64_t)(request_length - HEADER), 4);
  return true;
}

// A socket on which the agent listens; -1 where there is none. Whoever listens must be root, or the caller: it gets to
// know the configuration, and says what the pod's addresses are.
static int connect_agent(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("CNIDARIA_SOCKET");
  if (path == NULL || *path == 0) path = "/run/cnidaria/agent.sock";
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = CONNECT_S}, sizeof(struct timeval));
  struct ucred peer;
  socklen_t length = sizeof peer;
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (strlen(path) >= sizeof address.sun_path) {
    dprintf(2, "cnidaria: the agent's socket has too long a path: %s\n", path);
  } else if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    bool absent = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN;
    if (!absent) dprintf(2, "cnidaria: the agent cannot be reached: %s\n", strerror(errno));
  } else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || (peer.uid != 0 && peer.uid != geteuid())) {
    dprintf(2, "cnidaria: the agent is neither root's nor the caller's, and is not asked: %s\n", path);
  } else {
    return fd;
  }
  close(fd);
  return -1;
}

static int64_t left_ns(void) {
  const char *text = getenv(taken ? "CNIDARIA_AGENT_CALL_MS" : "CNIDARIA_AGENT_TAKE_MS");
  long limit = text == NULL ? 0 : strtol(text, NULL, 10);
  return started_ns + (limit > 0 ? limit : taken ? CALL_MS : TAKE_MS) * 1000000L - now_ns();
}

// Waits for something to read, and meanwhile sends the request. Once nobody waits for the result of an ADD the agent
// sees the request's end, and undoes it; since it may have been done just before, the agent is listened to on.
static void wait_for(int fd, int64_t limit_ns) {
  short events = sent < request_length ? POLLIN | POLLOUT : POLLIN;
  struct pollfd watched[2] = {{fd, events, 0}, {adding && !gone ? 1 : -1, 0, 0}};
  if (poll(watched, 2, (int)(limit_ns / 1000000) + 1) < 0) return;
  if (watched[1].revents & (POLLERR | POLLHUP)) {
    gone = true;
    shutdown(fd, SHUT_WR);
    sent = request_length;
  } else if (watched[0].revents & POLLOUT) {
    ssize_t count = send(fd, request + sent, request_length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent += (size_t)count;
    else if (errno != EAGAIN && errno != EINTR) sent = request_length; // the rest is not wanted: it may have said why
  }
}

static enum end receive(int fd, void *to, size_t length) {
  for (size_t at = 0; at < length;) {
    int64_t left = left_ns();
    if (left <= 0) return LATE;
    ssize_t count = recv(fd, (char *)to + at, length - at, MSG_DONTWAIT);
    if (count > 0) at += (size_t)count;
    else if (count == 0 || (errno != EAGAIN && errno != EINTR)) return CLOSED;
    else wait_for(fd, left);
  }
  return NOT_YET;
}

static enum end read_frame(int fd) {
  uint8_t frame[5];
  enum end end = receive(fd, frame, sizeof frame);
  if (end != NOT_YET) return end;
  uint32_t length;
  memcpy(&length, frame + 1, sizeof length);
  bool is_output = frame[0] == 'O';
  size_t limit = is_output ? sizeof output - output_length : sizeof payload;
  if (length > limit || memchr("TEODX", frame[0], 5) == NULL) return GARBAGE;
  end = receive(fd, is_output ? output + output_length : payload, length);
  if (end != NOT_YET) return end;
  switch (frame[0]) {
    case 'T': return taken = true, length == 0 ? NOT_YET : GARBAGE;
    case 'E': return write_all(2, payload, length), NOT_YET;
    case 'O': return output_length += length, NOT_YET;
    case 'X': return status = payload[0], length == 1 ? OVER : GARBAGE;
    default: return DECLINED;
  }
}

int main(int argc, char **argv) {
  arguments = argv;
  name = argc == 0 ? "cnidaria" : basename(argv[0]);
  // A descriptor 0 to 2 that is closed would be taken by the socket. Writing to this one fails, as it should.
  int null;
  while ((null = open("/dev/null", O_RDONLY)) >= 0 && null <= 2) {}
  if (null > 2) close(null);
  pipe_action = signal(SIGPIPE, SIG_IGN);
  find_host();

  const char *command = getenv("CNI_COMMAND"), *wanted = getenv("CNIDARIA_AGENT");
  bool off = wanted != NULL && strcmp(wanted, "off") == 0;
  if (command == NULL || off || isatty(0) || !make_request()) become_host(false); // a terminal: a person asks VERSION
  int fd = connect_agent();
  if (fd < 0) become_host(false);

  adding = strcmp(command, "ADD") == 0;
  started_ns = now_ns();
  enum end end = NOT_YET;
  while (end == NOT_YET) end = read_frame(fd);
  if (end == OVER) {
    bool written = !gone && write_all(1, output, output_length);
    if (!written && adding && status == 0) take_back();
    return written ? status : 1;
  }
  // First: with its connection gone the agent undoes what it had begun, and the host waits for that.
  close(fd);
  if (gone) return 1;
  if (end == GARBAGE) dprintf(2, "cnidaria: the agent's answer makes no sense: the host does the call by itself\n");
  if (end == LATE) dprintf(2, "cnidaria: the agent has not answered in time: the host does the call by itself\n");
  if (end == CLOSED && taken) dprintf(2, "cnidaria: the agent ended in the middle: the host does the call by itself\n");
  become_host(true);
}
