/**
 * A route pattern as an expression, or undefined where it is none. It has no repetition but one `!` at its end: matching
 * takes linear time.
 */
export function routeExpression(pattern: string): RegExp | undefined {
  if (!shape.test(pattern) || !/[0-9X!*#]/.test(pattern) || pattern.split('.').length > 2) return undefined
  const body = pattern.replace(/\\?\+|[.X!*]/g, (part) => replacements[part] ?? '\\+')
  try {
    return new RegExp(`^${body}$`)
  } catch {
    // A range from a higher to a lower digit.
    return undefined
  }
}

const shape = /^(?:\\?\+)?(?:[0-9X*#.]|\[\^?[0-9-]{1,20}\]){0,24}!?$/
const replacements: Readonly<Record<string, string>> = { '.': '', X: '[0-9]', '!': '[0-9]+', '*': '\\*' }
