const by = (id) => document.getElementById(id);
by('call').addEventListener('click', async () => { by('answer').textContent = await (await fetch('/late')).text(); });
by('open').addEventListener('click', () => by('dialog').showModal());
by('close').addEventListener('click', () => by('dialog').close());
by('copy').addEventListener('click', () => navigator.clipboard.writeText('copied words'));
by('now').textContent = new Date(by('now').dateTime).toLocaleString();
for (const b of document.querySelectorAll('.delete')) b.addEventListener('click', () => b.closest('tr').remove());
