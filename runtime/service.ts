/** Anything that listens or runs in the background. A value of this type is already started; stopping twice is safe. */
export interface Service extends AsyncDisposable {
  readonly name: string
  stop(): Promise<void>
}

/** Makes a `Service` of a name and what has to be done once to stop it. */
export function service(name: string, onStop: () => Promise<void> | void): Service {
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= (async () => onStop())())
  return { name, stop, [Symbol.asyncDispose]: stop }
}
