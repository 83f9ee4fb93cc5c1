/** What counts how, and where it is from: statements of the guide (`guide/register.yaml`) or our reading where it is silent. */
export interface LicenceRule {
  readonly text: string
  /** Ids of the register. */
  readonly statements: readonly string[]
  /** What of it the guide does not say. */
  readonly reading?: string
}

/** Guide: VCS call types and licensing; Unsupported features and limitations (R12). */
export const licenceRules = {
  R1: {
    text: 'a Unified CM remote session needs no licence of any kind',
    statements: ['LIC-03'],
  },
  R2: {
    text: 'a traversal call with video holds one traversal licence',
    statements: ['LIC-05', 'LIC-06'],
  },
  R3: {
    text: 'an audio-only SIP traversal call that is up holds half a traversal licence',
    statements: ['LIC-06'],
  },
  R4: {
    text: 'while it is set up, an audio-only SIP traversal call holds one traversal licence',
    statements: ['LIC-17', 'LIC-18'],
    reading: 'so that a whole one has to be free when it begins',
  },
  R5: {
    text: 'any other audio-only traversal call (H.323, interworked) holds one traversal licence',
    statements: ['LIC-08'],
  },
  R6: {
    text: 'a non-traversal call holds one non-traversal licence, audio-only or not',
    statements: ['LIC-08', 'LIC-09'],
  },
  R7: {
    text: 'a Lync B2BUA call is a non-traversal call, although its media pass the VCS',
    statements: ['LIC-10'],
  },
  R8: {
    text: 'audio-only is a call with exactly one m-line in its negotiated SDP, whatever their ports',
    statements: ['LIC-15', 'LIC-16'],
  },
  R9: {
    text: 'remote sessions and traversal calls together: 150 on each VCS, 500 on a Large VM',
    statements: ['LIC-11', 'LIC-12', 'LIC-13'],
    reading: 'an audio-only call counts as one too',
  },
  R10: {
    text: 'non-traversal calls: 750 on each VCS',
    statements: ['LIC-14'],
    reading: 'on top of the others',
  },
  R11: {
    text: 'a conversation of two endpoints outside is two remote sessions',
    statements: ['CALL-12'],
    reading: 'and takes the resources of two',
  },
  R12: {
    text: 'registrations to Unified CM through a VCS: 2500, on a Large VM too',
    statements: ['UNSF-16'],
  },
} as const satisfies Record<string, LicenceRule>

export type RuleId = keyof typeof licenceRules

/** What R9, R10 and R12 allow at a time. */
export const sizes = {
  standard: { resources: 150, nonTraversalCalls: 750, registrations: 2_500 },
  'Large VM': { resources: 500, nonTraversalCalls: 750, registrations: 2_500 },
} as const

export type Size = keyof typeof sizes
