import type { Side } from '../../control/sip-peer.ts'
import { isFloorControl, isRtp, isSecure } from '../../protocol/sdp/attributes.ts'
import type { MediaSection } from '../../protocol/sdp/session-description.ts'

/** Page Zones › Edit zone, Media encryption mode, of the traversal zone. */
export type MediaEncryptionMode = 'Auto' | 'Force encrypted' | 'Force unencrypted' | 'Best effort'

/** What an m-line is on the leg through the traversal zone; as offered, it passes with the keys of the ends. */
export type Protection = 'SRTP' | 'RTP' | 'as offered'

/** How the zone's mode has an offered m-line carried; undefined where it cannot be. `agreed` is what stands so far. */
export function protectionOf(
  mode: MediaEncryptionMode,
  offered: { readonly from: Side; readonly section: MediaSection; readonly hasKey: boolean },
  agreed?: Protection,
): Protection | undefined {
  const { from, section, hasKey } = offered
  if (section.port === 0) return undefined
  // The floor of a presentation is in clear everywhere: the modelled release knows no UDP/TLS/BFCP.
  if (isFloorControl(section)) return 'as offered'
  if (!isRtp(section)) return undefined
  if (mode === 'Auto') return 'as offered'
  if (from === 'inside') {
    if (isSecure(section)) return undefined
    return mode === 'Best effort' ? (agreed ?? 'SRTP') : mode === 'Force encrypted' ? 'SRTP' : 'RTP'
  }
  if (isSecure(section)) return mode !== 'Force unencrypted' && hasKey ? 'SRTP' : undefined
  return mode === 'Force encrypted' ? undefined : 'RTP'
}

/** What the outside leg of a stream has to be able to do. */
export function outsideOf(mode: MediaEncryptionMode) {
  return {
    isOutsideSecure: mode === 'Force encrypted' || mode === 'Best effort',
    mayOutsideBePlain: mode === 'Best effort',
    isOpaque: mode === 'Auto',
  }
}
