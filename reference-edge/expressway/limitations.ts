/**
 * Limitations of the modelled release that are always there; a fault only supplies the input that meets one. Each has
 * the register entry it comes from.
 */

/**
 * TRB-SSH-03: SSH tunnels cannot be set up with a VCS Expressway whose DNS host name has an underscore; everything else
 * about the name works. An empty name (not configured yet) is none of that.
 */
export function isUsableTunnelHost(name: string): boolean {
  return !name.includes('_')
}

/** TRB-SSH-02: what the VCS reports then, literally. */
export const portForwardingFailure =
  'Application failed - An unexpected software error was detected in portforwarding.pyc'
