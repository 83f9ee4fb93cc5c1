/** What Jabber's window says (wire facts §1.2; two of the texts are from memory). */
export const screenTexts = {
  noServices: 'Cannot find your services automatically',
  noConnection: 'Cannot communicate with the server',
  wrongCredentials: 'Your username or password is not correct',
} as const
