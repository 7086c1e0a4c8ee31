/** HTTP for plugins: one client, with one set of options, limits and messages. */
export { addressBelow, addressOf, type Parameters, shown } from "./http/address.ts";
export { cut, failedStatus, firstBytesOf, StatusFailure } from "./http/answer.ts";
export { type RequestBody, textBody } from "./http/body.ts";
export { API_ANSWER_BYTES_MAX, type ApiAnswer, type ApiCall, askApi, callApi, wholeAnswer } from "./http/call-api.ts";
export type { HttpRequest, HttpResponse } from "./http/client.ts";
export { type ExchangeOptions, exchangeOptions, type HttpAuth, httpOptions, sslOptions } from "./http/options.ts";
export { post, type Posting } from "./http/post.ts";
export { send } from "./http/send.ts";
export {
  callVendor,
  given,
  laterAdvice,
  pathPart,
  serverAddress,
  type VendorAnswer,
  type VendorCall,
} from "./http/vendor-api.ts";
