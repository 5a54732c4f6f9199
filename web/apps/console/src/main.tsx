/** Entry of the console in the browser. */
import "@patternfly/react-core/dist/styles/base.css";
import "./console.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, makeConsole } from "./app/App";
import { startTexts } from "./app/i18n";
import { startTheme } from "./shell/theme";

startTheme();
startTexts();

const place = document.getElementById("root");
if (!place) {
  throw new Error("index.html has no element with the id root");
}
createRoot(place).render(
  <StrictMode>
    <App {...makeConsole()} />
  </StrictMode>,
);
