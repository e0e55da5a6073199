#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Name of the release that this entry belongs to.
extern char release[];

// Finds the host beside this program. `argv` is kept for it.
void find_host(char **argv);
// The name that the program was called by: it chooses the plugin.
const char *called_as(void);

// What was read of standard input; `bytes` is NULL before that.
struct input {
  uint8_t *bytes;
  size_t length;
};

// Becomes the host, for a person: with everything as it is.
_Noreturn void become_command_line(void);
// Becomes the host, for a CNI call. `key` names the call where an agent may have begun it, and is NULL where none has.
_Noreturn void become_host(struct input input, const char *key);
// Removes the attachment that an ADD has made, and that nobody will know of.
void take_back(struct input input);

// A line on standard error.
void say(const char *text, const char *why);
// False where it can't be written.
bool write_all(int fd, const uint8_t *bytes, size_t length);
