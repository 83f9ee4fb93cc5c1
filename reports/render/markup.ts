/** Text in HTML or XML, attributes too; characters XML 1.0 cannot carry are left out. */
export function escaped(text: string): string {
  return legal(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function legal(text: string): string {
  return text.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/g, '')
}

/** Text in a cell of a Markdown table. */
export function cell(text: string): string {
  return text
    .replace(/[\\|`<>*_[\]]/g, '\\$&')
    .replace(/\s+/g, ' ')
    .trim()
}
