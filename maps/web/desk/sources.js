// Where a case came from, in words: by our own people, a resident, a hotline or another channel.

import { wordOr } from "../shared/words.js";

/** @param {string} source */
export function sourceOf(source) {
  return wordOr(`cases.from.${source}`, wordOr(`enquiry.channel.${source}`, source));
}
