throw new Error('a fault in the thread');
