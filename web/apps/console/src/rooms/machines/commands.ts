/** What to type on a machine to enrol it. */

export interface EnrolmentCommands {
  keep: string;
  enrol: string;
  start: string;
}

const TOKEN_FILE = "enrolment-token";

/**
 * The token goes through a file, because other users of the machine can read the arguments of running programs. `tee` is
 * not used: what it repeats would stay on the screen.
 */
export function enrolmentCommands(console: URL, token: string, again = false): EnrolmentCommands {
  // The agent wants the port, which a browser leaves out where it is the usual one.
  const server = `https://${console.hostname}:${console.port || "443"}`;
  return {
    keep: `(umask 077; printf '%s' '${token}' > ${TOKEN_FILE})`,
    enrol: `sudo kinescope-agent enrol ${again ? "--again " : ""}--server ${server} --token-file ${TOKEN_FILE} && rm ${TOKEN_FILE}`,
    start: "sudo kinescope-agent run",
  };
}
