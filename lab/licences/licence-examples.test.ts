import { describe, expect, test } from 'vitest'
import { answerSteps } from './answer.ts'
import type { ExampleRun } from './examples.ts'
import { licenceExamples } from './examples.ts'
import { readSteps } from './steps.ts'

function answersOf({ traversal = 0, nonTraversal = 0, size = 'standard', steps }: ExampleRun) {
  const read = readSteps(steps)
  if ('problem' in read) throw new Error(read.problem)
  return answerSteps({ traversal, nonTraversal, size }, read.steps)
}

/** Each step: accepted, refused, the rule of the refusal, traversal licences and resources behind it. */
function outline(run: ExampleRun): string[] {
  return answersOf(run).map(
    ({ accepted, refused, rule, licences, resources }) =>
      `${accepted}${refused === 0 ? '' : `, ${refused} refused by ${rule}`}; ${licences} ${resources}`,
  )
}

/** Worked out by hand from the rules, not by the program. */
const expected: Readonly<Record<string, readonly (readonly string[])[]>> = {
  E1: [
    [
      '20; 10 20',
      '90; 100 110',
      '0, 1 refused by R4; 100 110',
      '0, 1 refused by R2; 100 110',
      '1; 100 111',
      '1; 100 111',
    ],
  ],
  E2: [['90; 90 90', '19, 1 refused by R4; 99.5 109']],
  E3: [['89; 89 89', '21, 1 refused by R4; 99.5 110']],
  E4: [['150, 1 refused by R9; 75 150']],
  E5: [['149, 1 refused by R4; 74.5 149'], ['150, 1 refused by R9; 75 150']],
  E6: [['1; 0.5 1', '1, 1 refused by R4; 1 2']],
  E7: [['1; 0.5 1', '2; 1.5 3', '0, 1 refused by R4; 1.5 3']],
  E8: [['1, 1 refused by R4; 0.5 1']],
  E9: [['2; 1 2', '1; 2 3']],
  E10: [['150, 1 refused by R9; 0 150'], ['0, 1 refused by R2; 0 0']],
  E11: [['60; 0 60', '90; 90 150', '0, 1 refused by R9; 90 150', '0, 1 refused by R9; 90 150']],
  E12: [['51; 0 51', '99, 1 refused by R9; 99 150']],
  E13: [['200; 0 200', '300; 300 500', '0, 1 refused by R9; 300 500']],
  E14: [['75; 0 150', '0, 1 refused by R11; 0 150']],
  E15: [['750, 1 refused by R10; 0 0', '1; 0 1', '1; 1 2']],
  E16: [['5, 1 refused by R6; 0 0']],
  E17: [['9; 9 9', '1; 9.5 10', '0, 1 refused by R8; 9.5 10']],
  E18: [['5; 5 5', '5; 10 10', '0, 1 refused by R4; 10 10']],
  E19: [['5, 1 refused by R7; 0 0']],
  E20: [['90; 90 90', '18; 99 108', '1; 99.5 109', '0, 1 refused by R4; 99.5 109']],
  E21: [['2500; 0 0', '0, 1 refused by R12; 0 0']],
}

describe('the worked examples', () => {
  test('there are 21', () => {
    expect(licenceExamples.map(({ id }) => id)).toEqual(Object.keys(expected))
  })

  test.each(licenceExamples)('$id: $text', ({ id, runs }) => {
    expect(runs.map(outline)).toEqual(expected[id])
  })
})

test('set-ups at the same time hold whole licences until all are up', () => {
  const [first, second] = answersOf({ traversal: 10, steps: '3 audio at once, 3 audio' })
  expect([first?.licencesInSetUp, first?.licences]).toEqual([3, 1.5])
  expect([second?.licencesInSetUp, second?.licences]).toEqual([3.5, 3])
})

test('what ends gives back what it held', () => {
  const answers = answersOf({
    traversal: 10,
    nonTraversal: 1,
    steps: '2 audio, 1 video, 1 lync, 1 mra-pair, end 9 audio, end 1 mra-pair, end 1 lync, end 1 video',
  })
  expect(answers.map(({ ended }) => ended)).toEqual([0, 0, 0, 0, 2, 1, 1, 1])
  expect(answers.at(-1)).toMatchObject({ licences: 0, resources: 0, nonTraversal: 0 })
})

test('a conversation outside that finds room for one session only takes none', () => {
  const [, last] = answersOf({ steps: '149 mra, 1 mra-pair' })
  expect(last).toMatchObject({ accepted: 0, refused: 1, rule: 'R11', resources: 149 })
})

describe('steps', () => {
  test('are read in any usual spelling', () => {
    expect(readSteps(' 20 Audios, 2 H.323 at once ,end 1 nontraversal, 1 AUDIO+1')).toMatchObject({
      steps: [
        { number: 20, kind: 'audio', action: 'begin' },
        { number: 2, kind: 'h323', action: 'begin at once' },
        { number: 1, kind: 'non-traversal', action: 'end' },
        { number: 1, kind: 'audio+1', action: 'begin' },
      ],
    })
  })

  test.each([
    ['', 'no step'],
    ['audio', 'cannot read "audio"'],
    ['some audio', '"some" in "some audio" is no number'],
    ['0 audio', '"0" in'],
    ['-1 audio', '"-1" in'],
    ['1.5 audio', '"1.5" in'],
    ['3 faxes', 'unknown kind of call "faxes"; known: mra, video'],
    ['end 3 audio at once', '"at once" says nothing about an end'],
    ['15000 audio, 15000 video', '30000 calls are too many'],
  ])('"%s" is explained', (text, says) => {
    const read = readSteps(text)
    expect('problem' in read ? read.problem : '').toContain(says)
  })
})
