// What every page has: a choice of theme, kept where the browser keeps things for a file; folded parts open on paper.
(function () {
  "use strict";
  var choice = document.getElementById("theme-choice");
  function theme(name) {
    if (name) { document.documentElement.setAttribute("data-theme", name); }
    else { document.documentElement.removeAttribute("data-theme"); }
  }
  try { choice.value = localStorage.getItem("auditor-theme") || ""; } catch (error) { choice.value = ""; }
  theme(choice.value);
  choice.addEventListener("change", function () {
    theme(choice.value);
    try { localStorage.setItem("auditor-theme", choice.value); } catch (error) { /* no storage: until the page closes */ }
  });
  document.getElementById("theme").hidden = false;

  var folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    folded.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (part) { part.open = false; });
  });
})();
