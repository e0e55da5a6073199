// The command lines in a guide's fenced blocks, for its test.

/** A program's call as a person would write it, without what comes before and after it on its line. */
export interface CommandLine {
  /** Line of the file, from 1. */
  readonly line: number;
  /** The program's name without its folder. */
  readonly program: string;
  readonly words: readonly string[];
}

/** All of a file's: lines of `sh` blocks, and those of `console` blocks that begin with `$`. */
export function commandLines(markdown: string): CommandLine[] {
  const found: CommandLine[] = [];
  let language: string | undefined;
  let kept = "";
  markdown.split("\n").forEach((text, at) => {
    const fence = /^```(\w*)/.exec(text);
    if (fence !== null) {
      language = language === undefined ? fence[1] : undefined;
      return;
    }
    if (language !== "sh" && language !== "console") return;
    const prompt = /^\$ (.*)$/.exec(text)?.[1];
    const command = kept !== "" ? text : language === "sh" ? text : prompt;
    if (command === undefined) return;
    if (command.endsWith("\\")) {
      kept += command.slice(0, -1);
      return;
    }
    found.push(...callsIn(kept + command).map((words) => callOf(at + 1, words)));
    kept = "";
  });
  return found;
}

function callOf(line: number, words: readonly string[]): CommandLine {
  const first = words.findIndex((word) => word !== "sudo" && !/^[A-Z_]+=/.test(word));
  return { line, program: (words[first] ?? "").replace(/^.*\//, ""), words: words.slice(first + 1) };
}

/** Each call's words; redirections are left out, and so are comments. */
function callsIn(text: string): string[][] {
  const calls: string[][] = [[]];
  for (const [word = ""] of text.matchAll(/'[^']*'|"[^"]*"|(?:[^\s'"|&;#]|(?<=\S)#|'[^']*'|"[^"]*")+|[|&;]+|#.*$/g)) {
    if (word.startsWith("#")) break;
    if (/^[|&;]+$/.test(word)) calls.push([]);
    else calls.at(-1)!.push(word.replace(/^(['"])(.*)\1$/, "$2"));
  }
  return calls
    .map((words) => words.filter((word, at) => !/^\d?>/.test(word) && !/^\d?>>?$/.test(words[at - 1] ?? "")))
    .filter((words) => words.length > 0);
}
