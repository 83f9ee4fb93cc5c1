import type { FailureCategory } from './failure-category.ts'

/**
 * What an answer of the HTTP proxy says about its client; undefined: nothing bad. A 401 to a request that brought no
 * credentials is a challenge, not a failure.
 */
export function httpFailure(status: number, hasCredentials: boolean): FailureCategory | undefined {
  switch (status) {
    case 400:
    case 413:
    case 431:
      return 'http-ce-intrusion'
    case 401:
      return hasCredentials ? 'http-ce-auth' : undefined
    case 404:
      return 'http-ce-resource'
    default:
      return undefined
  }
}
