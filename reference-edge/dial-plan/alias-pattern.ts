export type PatternType = 'Exact' | 'Prefix' | 'Suffix' | 'Regex'
export type PatternBehavior = 'Leave' | 'Strip' | 'Replace'

export interface AliasPattern {
  readonly patternType: PatternType
  readonly pattern: string
  readonly behavior: PatternBehavior
  /** With Replace; `\1` to `\9` are groups of a regular expression. */
  readonly replacement: string
}

/**
 * The alias as it goes on where the pattern matches, else undefined. Cases do not count. A regular expression has to
 * match the whole alias; `patternProblem` has judged it when it was saved, and longer aliases match none, so that
 * nobody on the network can make it slow.
 */
export function transformed({ patternType, pattern, behavior, replacement }: AliasPattern, alias: string) {
  const [whole, wanted] = [alias.toLowerCase(), pattern.toLowerCase()]
  switch (patternType) {
    case 'Exact':
      return whole !== wanted ? undefined : behavior === 'Replace' ? replacement : alias
    case 'Prefix': {
      if (!whole.startsWith(wanted)) return undefined
      return behavior === 'Leave' ? alias : substitute(behavior, replacement) + alias.slice(pattern.length)
    }
    case 'Suffix': {
      if (!whole.endsWith(wanted)) return undefined
      return behavior === 'Leave'
        ? alias
        : alias.slice(0, alias.length - pattern.length) + substitute(behavior, replacement)
    }
    case 'Regex':
      return byExpression(pattern, behavior === 'Replace' ? replacement : undefined, alias)
    default:
      return patternType satisfies never
  }
}

/** Why a pattern cannot be saved; undefined where it can. */
export function patternProblem({
  patternType,
  pattern,
  behavior,
  replacement,
}: AliasPattern): PatternProblem | undefined {
  if (pattern === '')
    return problem('Pattern string', 'is mandatory', 'Enter the pattern that the alias is compared to')
  if (behavior === 'Strip' && (patternType === 'Exact' || patternType === 'Regex')) {
    return problem(
      'Pattern behavior',
      `cannot be Strip with the pattern type ${patternType}`,
      'Strip takes a prefix or a suffix off; choose Leave or Replace',
    )
  }
  if (patternType !== 'Regex') return undefined
  const says = expressionProblem(pattern)
  if (says !== undefined) return problem('Pattern string', says, 'Write a simpler regular expression')
  const groups = new RegExp(`${pattern}|`).exec('')!.length - 1
  const missing = [...replacement.matchAll(reference)].find(([, number]) => Number(number) > groups)
  if (behavior !== 'Replace' || missing === undefined) return undefined
  const has = groups === 0 ? 'no group' : `only ${groups} group${groups === 1 ? '' : 's'}`
  return problem('Replace string', `names ${missing[0]}; the pattern has ${has}`, 'Put parentheses around what is kept')
}

export interface PatternProblem {
  readonly field: 'Pattern string' | 'Pattern behavior' | 'Replace string'
  readonly says: string
  readonly action: string
}

/** Aliases of SIP URIs are shorter. */
const longestAlias = 255
/** Steps that the worst alias may take, about: 16 million are some tens of milliseconds. */
const mostSteps = longestAlias ** 3
const reference = /\\(\d)/g

function problem(field: PatternProblem['field'], says: string, action: string): PatternProblem {
  return { field, says, action }
}

function substitute(behavior: PatternBehavior, replacement: string): string {
  return behavior === 'Replace' ? replacement : ''
}

function byExpression(pattern: string, replacement: string | undefined, alias: string): string | undefined {
  if (alias.length > longestAlias) return undefined
  const found = new RegExp(`^(?:${pattern})$`, 'i').exec(alias)
  if (found === null || replacement === undefined) return found === null ? undefined : alias
  return replacement.replaceAll(reference, (_, number: string) => found[Number(number)] ?? '')
}

/** What is wrong with a regular expression, in words: invalid, or able to take very long. */
function expressionProblem(pattern: string): string | undefined {
  try {
    new RegExp(`^(?:${pattern})$`, 'i')
    new RegExp(pattern, 'i')
  } catch (error) {
    return `is no regular expression: ${(error as Error).message.replace(/^.*: /, '')}`
  }
  const escaped = [...pattern.matchAll(/\\(.)/g)].map(([, character]) => character!)
  if (escaped.some((character) => /[1-9kpP]/.test(character))) return 'refers to a group or to a property of characters'
  const bare = pattern.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/g, 'x').replaceAll('(?:', '(')
  return bare.includes('(?') ? 'has a look-around or a named group' : stepsOf(bare)
}

/**
 * Every repetition of no fixed length and every choice multiplies the ways in which an alias can be tried. Inside of a
 * repeated group they would do so without bound. `bare` has neither escapes nor classes.
 */
function stepsOf(bare: string): string | undefined {
  const open: boolean[] = []
  let [steps, hasChoices] = [1, false]
  for (let at = 0; at < bare.length; at++) {
    if (bare[at] === '(') {
      open.push(hasChoices)
      hasChoices = false
      continue
    }
    const quantifier = quantifierAt(bare, at + 1)
    const isGroup = bare[at] === ')'
    if (bare[at] === '|') {
      hasChoices = true
      steps *= 2
    }
    if (isGroup && hasChoices && quantifier.most > 1) return 'repeats a group that has choices or repetitions itself'
    if (isGroup) hasChoices = open.pop()! || hasChoices
    if (quantifier.most !== quantifier.least) {
      hasChoices = true
      steps *= Math.min(quantifier.most - quantifier.least + 1, longestAlias)
    }
    at += quantifier.length
    if (steps > mostSteps) return 'has too many repetitions of no fixed length (three with * or + may be used)'
  }
  return undefined
}

function quantifierAt(bare: string, at: number): { readonly least: number; readonly most: number; length: number } {
  const [text = '', counts] = /^(?:[*+?]|\{(\d+(?:,\d*)?)\})\??/.exec(bare.slice(at)) ?? []
  if (text === '') return { least: 1, most: 1, length: 0 }
  if (counts === undefined) {
    return { least: text[0] === '+' ? 1 : 0, most: text[0] === '?' ? 1 : Infinity, length: text.length }
  }
  const [least, most] = counts.split(',')
  const upper = most === undefined ? Number(least) : most === '' ? Infinity : Number(most)
  return { least: Number(least), most: upper, length: text.length }
}
