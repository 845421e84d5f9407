console.error('something', 7, 'is wrong'); throw new Error("a page's own error");
