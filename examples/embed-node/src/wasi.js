// The world as the component sees it: nothing. Rust's std imports a part of WASI whether a program
// uses it or not; only the last words on standard error mean anything here.

const none = () => undefined;

class Pollable {
  block() {}
}

class InputStream {}

class OutputStream {
  checkWrite() {
    return 4096n;
  }
  write(bytes) {
    process.stderr.write(bytes);
  }
  blockingWriteAndFlush(bytes) {
    process.stderr.write(bytes);
  }
  blockingFlush() {}
  subscribe() {
    return new Pollable();
  }
}

const interfaces = {
  'cli/environment': { getEnvironment: () => [], getArguments: () => [] },
  'cli/exit': {
    exit() {
      throw new Error('the component wants to end the process');
    },
  },
  'cli/stdin': { getStdin: () => new InputStream() },
  'cli/stdout': { getStdout: () => new OutputStream() },
  'cli/stderr': { getStderr: () => new OutputStream() },
  'cli/terminal-input': { TerminalInput: class TerminalInput {} },
  'cli/terminal-output': { TerminalOutput: class TerminalOutput {} },
  'cli/terminal-stdin': { getTerminalStdin: none },
  'cli/terminal-stdout': { getTerminalStdout: none },
  'cli/terminal-stderr': { getTerminalStderr: none },
  'io/error': { Error: class Error {} },
  'io/poll': { Pollable },
  'io/streams': { InputStream, OutputStream },
};

/** As the bindings look for it: `wasi:cli/exit`, in whatever version. */
export const wasi = Object.fromEntries(
  Object.entries(interfaces).map(([name, functions]) => [`wasi:${name}`, functions]),
);
