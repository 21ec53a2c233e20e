// Sending a form with word of how much has gone; fetch cannot tell that yet.

import { refused, Unreachable } from "../shared/api.js";
import { word } from "../shared/words.js";

/**
 * @param {string} path @param {FormData} body @param {Record<string, string>} headers
 * @param {(part: number) => void} told @returns {Promise<string>} the job that was made of it
 */
export function send(path, body, headers, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => told(event.lengthComputable ? event.loaded / event.total : 0));
    request.addEventListener("load", () => {
      if (request.status === 202) return resolve(request.response.job);
      reject(refused(request.status, request.response));
    });
    request.addEventListener("error", () => {
      document.dispatchEvent(new Event("unreachable"));
      reject(new Unreachable(word("desk.offline")));
    });
    request.send(body);
  });
}
