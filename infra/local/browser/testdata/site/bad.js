localStorage.setItem('kept', 'pit_kept');
requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
  const banner = document.createElement('p');
  banner.textContent = 'A banner that pushes all down';
  document.querySelector('h1').before(banner);
}, 50)));
