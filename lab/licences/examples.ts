import type { Size } from './rules.ts'

/** A worked example of the rules. */
export interface LicenceExample {
  readonly id: string
  /** What it is about. */
  readonly text: string
  /** What becomes of it. */
  readonly answer: string
  readonly runs: readonly ExampleRun[]
}

export interface ExampleRun {
  /** Default 0. */
  readonly traversal?: number
  /** Default 0. */
  readonly nonTraversal?: number
  /** Default standard. */
  readonly size?: Size
  /** As `readSteps` takes them. */
  readonly steps: string
}

/** The guide's own example is E1; the others are worked out from the rules, mostly at the limits where they meet. */
export const licenceExamples: readonly LicenceExample[] = [
  {
    id: 'E1',
    text: '100 traversal licences: 20 audio, then 90 video',
    answer: 'all stand at 100/100; no further traversal call, but remote sessions and non-traversal calls',
    runs: [{ traversal: 100, nonTraversal: 1, steps: '20 audio, 90 video, 1 audio, 1 video, 1 mra, 1 non-traversal' }],
  },
  {
    id: 'E2',
    text: '100 traversal licences: 90 video first, then audio one by one',
    answer: '19 audio stand at 99.5/100; the 20th is refused: its set-up needs a whole licence',
    runs: [{ traversal: 100, steps: '90 video, 20 audio' }],
  },
  {
    id: 'E3',
    text: '100 traversal licences, 89 video: audio one by one',
    answer: '21 stand at 99.5/100, the 22nd is refused',
    runs: [{ traversal: 100, steps: '89 video, 22 audio' }],
  },
  {
    id: 'E4',
    text: '100 traversal licences: only audio',
    answer: '150 stand at 75/100; the 151st is refused for resources, not for licences',
    runs: [{ traversal: 100, steps: '151 audio' }],
  },
  {
    id: 'E5',
    text: '75 or 76 traversal licences: only audio',
    answer: 'with 75 the 150th is refused for licences at 74.5; with 76 the 151st for resources',
    runs: [
      { traversal: 75, steps: '150 audio' },
      { traversal: 76, steps: '151 audio' },
    ],
  },
  {
    id: 'E6',
    text: '2 traversal licences, an audio call is up: two more at once',
    answer: 'one stands, the other is refused: there are 1.5 licences for two set-ups',
    runs: [{ traversal: 2, steps: '1 audio, 2 audio at once' }],
  },
  {
    id: 'E7',
    text: 'the same two one after the other, then a fourth',
    answer: 'both stand at 1.5/2; the fourth is refused',
    runs: [{ traversal: 2, steps: '1 audio, 2 audio, 1 audio' }],
  },
  {
    id: 'E8',
    text: '1 traversal licence: two audio calls one after the other',
    answer: 'the second is refused: a single licence never carries two',
    runs: [{ traversal: 1, steps: '2 audio' }],
  },
  {
    id: 'E9',
    text: '2 traversal licences: two audio, then one video',
    answer: 'all stand at 2/2: two audio calls share one licence',
    runs: [{ traversal: 2, steps: '2 audio, 1 video' }],
  },
  {
    id: 'E10',
    text: 'no licence at all: remote sessions, or a traversal call',
    answer: '150 sessions stand, the 151st is refused for resources; the traversal call for licences',
    runs: [{ steps: '151 mra' }, { steps: '1 video' }],
  },
  {
    id: 'E11',
    text: '100 traversal licences: 60 remote sessions and 90 video',
    answer: '150/150 resources: the next of either kind is refused although 10 licences are free',
    runs: [{ traversal: 100, steps: '60 mra, 90 video, 1 video, 1 mra' }],
  },
  {
    id: 'E12',
    text: '100 traversal licences: 51 remote sessions, then video',
    answer: '99 video stand, the 100th is refused for resources with 1 licence free',
    runs: [{ traversal: 100, steps: '51 mra, 100 video' }],
  },
  {
    id: 'E13',
    text: 'Large VM, 500 traversal licences: 200 remote sessions and 300 video',
    answer: '500/500 resources, the next remote session is refused',
    runs: [{ traversal: 500, size: 'Large VM', steps: '200 mra, 300 video, 1 mra' }],
  },
  {
    id: 'E14',
    text: '75 conversations of two endpoints outside each, then one more',
    answer: '150 remote sessions; the 76th conversation is refused, no licence is used',
    runs: [{ steps: '75 mra-pair, 1 mra-pair' }],
  },
  {
    id: 'E15',
    text: '750 non-traversal licences, 10 traversal: 751 non-traversal calls, then others',
    answer: '750 stand, the 751st is refused; remote sessions and traversal calls go on',
    runs: [{ traversal: 10, nonTraversal: 750, steps: '751 non-traversal, 1 mra, 1 video' }],
  },
  {
    id: 'E16',
    text: '5 non-traversal licences: 6 audio-only non-traversal calls',
    answer: '5 stand, the 6th is refused: there are no halves here',
    runs: [{ nonTraversal: 5, steps: '6 non-traversal' }],
  },
  {
    id: 'E17',
    text: '10 traversal licences, 9 video and 1 audio: a voice call with a second m-line',
    answer: 'refused at 9.5/10: with two m-lines it counts as video',
    runs: [{ traversal: 10, steps: '9 video, 1 audio, 1 audio+1' }],
  },
  {
    id: 'E18',
    text: '10 traversal licences: 10 H.323 or interworked audio calls, then a SIP audio call',
    answer: '10 stand at 10/10; the SIP audio call is refused',
    runs: [{ traversal: 10, steps: '5 h323, 5 interworked, 1 audio' }],
  },
  {
    id: 'E19',
    text: '5 non-traversal and 10 traversal licences: 6 Lync B2BUA calls',
    answer: '5 stand, the 6th is refused; no traversal licence is used',
    runs: [{ traversal: 10, nonTraversal: 5, steps: '6 lync' }],
  },
  {
    id: 'E20',
    text: '100 traversal licences, 90 video and 18 audio: two more audio',
    answer: 'the 19th stands at 99.5/100, the 20th is refused',
    runs: [{ traversal: 100, steps: '90 video, 18 audio, 1 audio, 1 audio' }],
  },
  {
    id: 'E21',
    text: 'Large VM: registrations to Unified CM',
    answer: '2500 stand, the 2501st is refused',
    runs: [{ size: 'Large VM', steps: '2500 registration, 1 registration' }],
  },
]
