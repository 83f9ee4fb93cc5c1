import type { CallCarriage } from '../calls/admission.ts'
import { CallType } from '../calls/admission.ts'
import type { MediaEncryptionMode } from '../calls/control/media-encryption.ts'

/** What counts of a zone for a call through it. */
export interface ZoneOfCall {
  readonly isTraversal: boolean
  /** A simulated gateway: SIP Mode Off, H.323 Mode On. */
  readonly isH323: boolean
  /** Zone profile Microsoft Lync B2BUA. */
  readonly isLync: boolean
  readonly mediaEncryption: MediaEncryptionMode
}

/** What the caller offers; undefined where the INVITE has no description. */
export type OfferedMedia = 'SRTP' | 'RTP' | undefined

/** `secure` is the leg that the mode is for; the other one has RTP, or with Auto what the ends offer. */
export interface MediaThroughVcs {
  readonly secure: 'from' | 'to'
  readonly mode: MediaEncryptionMode
}

export type CallPath =
  | { readonly type: CallType; readonly carriage: CallCarriage; readonly media: 'direct' | MediaThroughVcs }
  | { readonly refused: string }

/**
 * How a call between two zones is carried and counted. Its media pass this VCS where a traversal zone is on the way,
 * where the zones' media encryption modes differ, and for interworking and Lync.
 */
export function callPath(from: ZoneOfCall, to: ZoneOfCall, offered: OfferedMedia): CallPath {
  if (violates(from.mediaEncryption, offered)) {
    return { refused: offered === 'RTP' ? 'media are not encrypted' : 'media are encrypted' }
  }
  const isTraversal = from.isTraversal || to.isTraversal
  const isLync = from.isLync || to.isLync
  const isInterworked = from.isH323 !== to.isH323
  const differ = from.mediaEncryption !== to.mediaEncryption
  const carriage: CallCarriage = isLync ? 'Lync B2BUA' : isInterworked ? 'interworked' : from.isH323 ? 'H.323' : 'SIP'
  const isCountedTraversal = !isLync && (isTraversal || differ || isInterworked)
  const type = isCountedTraversal ? CallType.traversal : CallType.nonTraversal
  if (!isTraversal && !isLync && !isInterworked && !differ) return { type, carriage, media: 'direct' }
  const media = mediaThrough(from, to, offered)
  return media === undefined ? { refused: 'no media encryption that both zones allow' } : { type, carriage, media }
}

function violates(mode: MediaEncryptionMode, offered: OfferedMedia): boolean {
  return (mode === 'Force encrypted' && offered === 'RTP') || (mode === 'Force unencrypted' && offered === 'SRTP')
}

/** The encryption of a traversal leg is its own; media that suit both zones as they are pass with the keys of the ends. */
function mediaThrough(from: ZoneOfCall, to: ZoneOfCall, offered: OfferedMedia): MediaThroughVcs | undefined {
  const zones = { from, to }
  const first = from.isTraversal ? 'from' : to.isTraversal ? 'to' : wantsSrtp(from) ? 'from' : 'to'
  const second = first === 'from' ? 'to' : 'from'
  const [outer, inner] = [zones[first].mediaEncryption, zones[second].mediaEncryption]
  const maySwap = !zones[first].isTraversal
  const asOffered: MediaThroughVcs = { secure: first, mode: 'Auto' }
  if (wantsSrtp(zones[second])) {
    if (offered !== 'RTP' && outer !== 'Force unencrypted') return asOffered
    if (inner === 'Best effort') return { secure: first, mode: outer === 'Force unencrypted' ? 'Auto' : outer }
    return maySwap && !wantsSrtp(zones[first]) ? { secure: second, mode: inner } : undefined
  }
  if (offered === 'SRTP' && second === 'from') {
    if (outer !== 'Force unencrypted') return asOffered
    return maySwap ? { secure: second, mode: 'Force encrypted' } : undefined
  }
  if (offered === 'SRTP' && inner === 'Force unencrypted' && outer === 'Auto') {
    return { secure: first, mode: 'Force encrypted' }
  }
  return { secure: first, mode: outer }
}

function wantsSrtp({ mediaEncryption }: ZoneOfCall): boolean {
  return mediaEncryption === 'Force encrypted' || mediaEncryption === 'Best effort'
}
