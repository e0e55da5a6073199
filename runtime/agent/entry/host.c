// Becoming the host, and what is said where that fails.

#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

char release[PATH_MAX];
static char host[PATH_MAX];
static char **arguments;
static struct sigaction pipe_action; // as it was inherited

bool write_all(int fd, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = write(fd, bytes, length);
    if (count < 0 && errno == EAGAIN) poll(&(struct pollfd){fd, POLLOUT, 0}, 1, -1);
    else if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes += count, length -= (size_t)count;
  }
  return true;
}

void say(const char *text, const char *why) {
  char line[PATH_MAX + 128];
  snprintf(line, sizeof line, "cnidaria: %s%s\n", text, why);
  write_all(2, (uint8_t *)line, strlen(line));
}

// The protocol's error, as a runtime reads it; code 5 is that of input and output.
static _Noreturn void fail(const char *what, const char *path, int error) {
  char text[2 * PATH_MAX], where[PATH_MAX];
  snprintf(where, sizeof where, "%s", path);
  for (char *at = where; *at != 0; at++) {
    if ((unsigned char)*at < ' ' || *at == '"' || *at == '\\') *at = '?';
  }
  const char *advice = "The release of cnidaria that this program belongs to is not whole: install it again";
  snprintf(text, sizeof text, "{\"cniVersion\":\"1.0.0\",\"code\":5,\"msg\":\"Cannot %s as %s: %s\",\"details\":\"%s\"}\n",
           what, strerror(error), where, advice);
  write_all(getenv("CNI_COMMAND") == NULL ? 2 : 1, (uint8_t *)text, strlen(text));
  _exit(1);
}

// <home>/bin/entry runs, by whatever link; <home> is a release.
void find_host(char **argv) {
  static const char tail[] = "/bin/host";
  arguments = argv;
  sigaction(SIGPIPE, NULL, &pipe_action);
  ssize_t length = readlink("/proc/self/exe", host, sizeof host - sizeof tail);
  if (length < 0) fail("find the host", "/proc/self/exe", errno);
  for (int i = 0; i < 2; i++) {
    char *slash = strrchr(host, '/');
    if (slash != NULL) *slash = 0;
  }
  const char *slash = strrchr(host, '/');
  strcpy(release, slash == NULL ? "" : slash + 1);
  strcat(host, tail);
}

const char *called_as(void) {
  const char *path = arguments[0] == NULL ? "cnidaria" : arguments[0];
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

_Noreturn void become_command_line(void) {
  execv(host, arguments);
  fail("start the host", host, errno);
}

_Noreturn void become_host(struct input input, const char *key) {
  if (input.bytes != NULL) {
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, input.bytes, input.length) || lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, 0) < 0) {
      fail("keep the network configuration", "memfd", errno);
    }
  }
  setenv("CNIDARIA_NAME", called_as(), 1);
  // One that is inherited names the call of a plugin which has started this one.
  if (key != NULL) setenv("CNIDARIA_CALL", key, 1);
  else unsetenv("CNIDARIA_CALL");
  sigaction(SIGPIPE, &pipe_action, NULL);
  become_command_line();
}

void take_back(struct input input) {
  say("nobody reads the answer: the attachment is removed again", "");
  pid_t child = fork();
  if (child == 0) {
    setenv("CNI_COMMAND", "DEL", 1);
    dup2(2, 1); // for an error
    become_host(input, NULL);
  }
  if (child < 0) say("it could not be removed: ", strerror(errno));
  while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
}
