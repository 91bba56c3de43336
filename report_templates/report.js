// The filter, cards that open when a link leads to them, and copying. The report is complete without any of it.
// No key has a meaning of its own: what is typed belongs to the reader's own tools (WCAG 2.1.4).
(function () {
  "use strict";
  var NAMES = ["text", "status", "severity", "standing", "rule", "tenant"];
  var form = document.getElementById("filter");
  var counted = document.getElementById("filter-count");
  var announcement = document.getElementById("announcement");
  var facets = JSON.parse(document.getElementById("facets").textContent);
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr.row, details.card"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var rules = document.querySelectorAll("tr.row").length;
  var cards = rows.length - rules;
  var fields = {};
  var pending = 0;

  NAMES.forEach(function (name) { fields[name] = document.getElementById("filter-" + name); });

  function offer(name) {
    facets[name].forEach(function (entry) {
      var option = document.createElement("option");
      option.value = entry[0];
      option.textContent = entry[1];
      fields[name].appendChild(option);
    });
  }

  function count(shown) {
    var told = shown.row + " of " + rules + " results, " + shown.card + " of " + cards + " findings";
    return shown.row + shown.card ? told : "Nothing matches: " + told;
  }

  function apply(soon) {
    var words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = { row: 0, card: 0 };
    rows.forEach(function (row, place) {
      var keep = NAMES.slice(1).every(function (name) {
        return !fields[name].value || row.getAttribute("data-" + name) === fields[name].value;
      }) && words.every(function (word) { return texts[place].indexOf(word) !== -1; });
      row.classList.toggle("filtered", !keep);
      if (keep) { shown[row.tagName === "TR" ? "row" : "card"] += 1; }
    });
    document.querySelectorAll("table.results tbody").forEach(function (body) {
      body.classList.toggle("filtered", !body.querySelector("tr.row:not(.filtered)"));
    });
    document.querySelectorAll("[data-tenant-section]").forEach(function (section) {
      var other = fields.tenant.value && section.getAttribute("data-tenant-section") !== fields.tenant.value;
      section.classList.toggle("filtered", Boolean(other));
      if (fields.tenant.value && !other && section.tagName === "DETAILS") { section.open = true; }
    });
    // A screen reader hears the count once, when the typing has stopped.
    clearTimeout(pending);
    pending = setTimeout(function () { counted.textContent = count(shown); }, soon ? 0 : 300);
  }

  function remember() {
    var state = new URLSearchParams();
    NAMES.forEach(function (name) { if (fields[name].value) { state.set(name, fields[name].value); } });
    var told = state.toString();
    try { history.replaceState(null, "", told ? "#?" + told : "#"); } catch (error) { /* an opaque origin: not kept */ }
  }

  function recall() {
    var state = new URLSearchParams(location.hash.slice(2));
    NAMES.forEach(function (name) { fields[name].value = state.get(name) || ""; });
    apply(true);
  }

  function reveal() {
    if (location.hash.indexOf("#?") === 0) { recall(); return; }
    var target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (error) { return; }
    if (!target) { return; }
    if (target.closest(".filtered")) {
      NAMES.forEach(function (name) { fields[name].value = ""; });
      apply(true);
    }
    for (var place = target; place; place = place.parentElement) {
      if (place.tagName === "DETAILS") { place.open = true; }
    }
    target.scrollIntoView();
    var summary = target.tagName === "DETAILS" && target.querySelector("summary");
    if (summary) { summary.focus({ preventScroll: true }); }
  }

  // navigator.clipboard is there in secure contexts alone, and may refuse; the older command works from a selection.
  function copyBySelection(text) {
    var field = document.createElement("textarea");
    var focused = document.activeElement;
    field.className = "said";
    field.value = text;
    field.setAttribute("readonly", "");
    document.body.appendChild(field);
    field.select();
    var done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    field.remove();
    if (focused) { focused.focus({ preventScroll: true }); }
    return done;
  }

  function copy(text, tell) {
    function older() { tell(copyBySelection(text)); }
    if (window.isSecureContext && navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(text).then(function () { tell(true); }, older);
    } else {
      older();
    }
  }

  function copyButton(words, label, text) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", function () {
      copy(text(), function (done) {
        button.textContent = done ? "Copied" : "Press Ctrl+C";
        announcement.textContent = "";
        setTimeout(function () { announcement.textContent = done ? "Copied: " + text() : "Copying was refused."; }, 50);
        setTimeout(function () { button.textContent = words; }, 2000);
      });
    });
    return button;
  }

  document.querySelectorAll(".command").forEach(function (command) {
    var code = command.querySelector("code");
    command.appendChild(copyButton("Copy", "Copy the command " + code.textContent, function () {
      return code.textContent;
    }));
  });
  document.querySelectorAll(".deep-link").forEach(function (link) {
    var rule = link.closest("[data-rule]").getAttribute("data-rule");
    link.parentElement.appendChild(copyButton("Copy link", "Copy the link to this finding of " + rule, function () {
      return link.href;
    }));
  });

  ["standing", "rule", "tenant"].forEach(offer);
  if (facets.tenant.length < 2) { document.getElementById("filter-tenant-label").hidden = true; }
  if (!facets.standing.length) { document.getElementById("filter-standing-label").hidden = true; }
  form.hidden = false;
  form.addEventListener("input", function () { apply(false); remember(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(function () { apply(true); remember(); }, 0); });
  window.addEventListener("hashchange", reveal);
  apply(true);
  reveal();
})();
